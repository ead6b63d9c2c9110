// rule: R40 a value is used through a borrow of its handle
// code: E0277
// twin: pass/values/print_a_borrow.rs

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let count = store.put(1_u64)?;
    println!("there are {count}");
    Ok(())
}
