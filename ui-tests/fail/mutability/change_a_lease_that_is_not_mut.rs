// rule: R12 changing a value takes an exclusive borrow of a `mut` owner
// code: E0596
// twin: pass/mutability/change_a_lease_that_is_mut.rs

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let mut count = store.put(1_u64)?;
    let loan = count.lend_mut()?;
    let lease = store.redeem(loan.ticket()?)?;
    *lease.borrow_mut()? += 1;
    Ok(())
}
