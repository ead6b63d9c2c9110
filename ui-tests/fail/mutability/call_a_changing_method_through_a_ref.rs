// rule: R12 changing a value takes an exclusive borrow of a `mut` owner
// code: E0596
// twin: pass/mutability/call_a_changing_method_through_a_ref_mut.rs

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let list = store.put(vec![1_u64])?;
    list.borrow()?.push(2);
    Ok(())
}
