// rule: R09 a handle that was given away is not used again

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let mut count = store.put(1_u64)?;
    let loan = count.lend_mut()?;
    let lease = store.redeem(loan.ticket()?)?;
    if let Err(refused) = lease.commit_or_return() {
        println!("{} {}", refused.error, refused.handle.borrow()?);
    }
    Ok(())
}
