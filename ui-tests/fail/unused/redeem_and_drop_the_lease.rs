// rule: R21 a handle is not thrown away unread
// code: unused_must_use
// twin: pass/unused/redeem_and_keep_the_lease.rs

#![deny(unused_must_use)]

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let owned = store.put(1_u64)?;
    let loan = owned.lend()?;
    store.redeem(loan.ticket()?)?;
    Ok(())
}
