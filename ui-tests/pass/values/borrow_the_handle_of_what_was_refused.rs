// rule: R40 a value is used through a borrow of its handle

use ref_core::{Owned, Result, Store};

fn length(list: Owned<Vec<u64>>) -> Result<usize> {
    match list.into_inner_or_return() {
        Ok(list) => Ok(list.len()),
        Err(refused) => Ok(refused.handle.borrow()?.len()),
    }
}

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    println!("{}", length(store.put(vec![1])?)?);
    Ok(())
}
