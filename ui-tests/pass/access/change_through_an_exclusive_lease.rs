// rule: R13 a shared lease is read-only

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let mut list = store.put(vec![1_u64])?;
    let loan = list.lend_mut()?;
    let mut lease = store.redeem(loan.ticket()?)?;
    lease.borrow_mut()?.push(2);
    Ok(())
}
