// rule: R40 a value is used through a borrow of its handle
// code: E0277
// twin: pass/values/push_to_a_borrow.rs

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let mut list = store.put(vec![1_u64])?;
    list.push(2);
    println!("{list:?}");
    Ok(())
}
