// rule: R20 handles and tickets come from a store only

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let mut count = store.put(1_u64)?;
    let loan = count.lend_mut()?;
    let lease = store.redeem(loan.ticket()?)?;
    let token = lease.token();
    println!("{token:?} {lease:?}");
    Ok(())
}
