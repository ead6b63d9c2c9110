// rule: R40 a value is used through a borrow of its handle
// code: E0277
// twin: pass/values/ask_a_borrow_for_its_length.rs

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let list = store.put(vec![1_u64])?;
    println!("{}", list.len());
    Ok(())
}
