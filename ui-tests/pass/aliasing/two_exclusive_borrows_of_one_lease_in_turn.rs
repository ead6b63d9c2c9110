// rule: R03 one exclusive borrow at a time

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let mut list = store.put(vec![1_u64])?;
    let loan = list.lend_mut()?;
    let mut lease = store.redeem(loan.ticket()?)?;
    let mut first = lease.borrow_mut()?;
    first.push(2);
    let mut second = lease.borrow_mut()?;
    second.push(3);
    Ok(())
}
