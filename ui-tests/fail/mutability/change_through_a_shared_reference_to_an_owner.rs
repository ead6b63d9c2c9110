// rule: R12 changing a value takes an exclusive borrow of a `mut` owner
// code: E0596
// twin: pass/mutability/change_through_an_exclusive_reference_to_an_owner.rs

use ref_core::{Owned, Result, Store};

fn increment(count: &Owned<u64>) -> Result<()> {
    *count.borrow_mut()? += 1;
    Ok(())
}

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    increment(&store.put(1_u64)?)
}
