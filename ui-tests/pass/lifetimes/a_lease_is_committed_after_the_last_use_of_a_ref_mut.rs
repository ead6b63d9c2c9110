// rule: R06 no borrow outlives the handle that it is made from

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let mut count = store.put(1_u64)?;
    let loan = count.lend_mut()?;
    let mut lease = store.redeem(loan.ticket()?)?;
    let mut number = lease.borrow_mut()?;
    *number += 1;
    lease.commit()?;
    Ok(())
}
