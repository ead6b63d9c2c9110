// rule: R12 changing a value takes an exclusive borrow of a `mut` owner
// code: E0596
// twin: pass/mutability/change_an_owner_that_is_mut.rs

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let count = store.put(1_u64)?;
    *count.borrow_mut()? += 1;
    Ok(())
}
