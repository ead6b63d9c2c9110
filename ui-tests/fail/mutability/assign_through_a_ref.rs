// rule: R12 changing a value takes an exclusive borrow of a `mut` owner
// code: E0594
// twin: pass/mutability/assign_through_a_ref_mut.rs

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let count = store.put(1_u64)?;
    let number = count.borrow()?;
    *number = 2;
    Ok(())
}
