// rule: R09 a handle that was given away is not used again
// code: E0382
// twin: pass/moves/a_lease_before_its_commit.rs

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let mut count = store.put(1_u64)?;
    let loan = count.lend_mut()?;
    let mut lease = store.redeem(loan.ticket()?)?;
    lease.commit()?;
    *lease.borrow_mut()? += 1;
    Ok(())
}
