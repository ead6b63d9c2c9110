// rule: R06 no borrow outlives the handle that it is made from
// code: E0505
// twin: pass/lifetimes/a_lease_is_committed_after_the_last_use_of_a_ref_mut.rs

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let mut count = store.put(1_u64)?;
    let loan = count.lend_mut()?;
    let mut lease = store.redeem(loan.ticket()?)?;
    let mut number = lease.borrow_mut()?;
    lease.commit()?;
    *number += 1;
    Ok(())
}
