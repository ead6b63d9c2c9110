// rule: R09 a handle that was given away is not used again
// code: E0382
// twin: pass/moves/a_lease_before_its_release.rs

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let count = store.put(1_u64)?;
    let loan = count.lend()?;
    let lease = store.redeem(loan.ticket()?)?;
    lease.release()?;
    assert_eq!(*lease.borrow()?, 1);
    Ok(())
}
