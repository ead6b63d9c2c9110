// rule: R21 a handle is not thrown away unread

#![deny(unused_must_use)]

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let mut count = store.put(1_u64)?;
    let loan = count.lend_mut()?;
    let lease = store.redeem(loan.ticket()?)?;
    lease.commit()?;
    Ok(())
}
