// rule: R40 a value is used through a borrow of its handle

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let mut list = store.put(vec![1_u64])?;
    let mut loan = list.lend_mut()?;
    let mut lease = store.redeem(loan.ticket()?)?;
    lease.borrow_mut()?.push(2);
    lease.commit()?;
    Ok(())
}
