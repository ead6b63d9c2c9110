// rule: R09 a handle that was given away is not used again
// code: E0382
// twin: pass/moves/a_lease_from_its_refusal.rs

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let mut count = store.put(1_u64)?;
    let loan = count.lend_mut()?;
    let lease = store.redeem(loan.ticket()?)?;
    if let Err(refused) = lease.commit_or_return() {
        println!("{} {}", refused.error, lease.borrow()?);
    }
    Ok(())
}
