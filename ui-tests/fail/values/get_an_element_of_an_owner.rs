// rule: R40 a value is used through a borrow of its handle
// code: E0277
// twin: pass/values/get_an_element_of_a_borrow.rs

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let list = store.put(vec![1_u64])?;
    println!("{}", list.get(0).unwrap() + 1);
    Ok(())
}
