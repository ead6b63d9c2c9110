// rule: R13 a shared lease is read-only
// code: E0277
// twin: pass/access/change_through_an_exclusive_lease.rs

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let list = store.put(vec![1_u64])?;
    let loan = list.lend()?;
    let mut lease = store.redeem(loan.ticket()?)?;
    lease.borrow_mut()?.push(2);
    Ok(())
}
