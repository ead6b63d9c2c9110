// rule: R40 a value is used through a borrow of its handle

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let list = store.put(vec![1_u64])?;
    println!("{}", list.borrow()?.get(0).unwrap() + 1);
    Ok(())
}
