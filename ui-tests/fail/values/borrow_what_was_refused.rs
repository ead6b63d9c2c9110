// rule: R40 a value is used through a borrow of its handle
// code: E0277
// twin: pass/values/borrow_the_handle_of_what_was_refused.rs

use ref_core::{Owned, Result, Store};

fn length(list: Owned<Vec<u64>>) -> Result<usize> {
    match list.into_inner_or_return() {
        Ok(list) => Ok(list.len()),
        Err(refused) => Ok(refused.borrow()?.len()),
    }
}

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    println!("{}", length(store.put(vec![1])?)?);
    Ok(())
}
