// rule: R40 a value is used through a borrow of its handle
// code: E0507
// twin: pass/values/clone_a_value_out_of_a_ref.rs

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let list = store.put(vec![1_u64])?;
    let copy = *list.borrow()?;
    println!("{copy:?}");
    Ok(())
}
