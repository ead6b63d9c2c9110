// rule: R15 there are three kinds of access

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let mut list = store.put(vec![1_u64])?;
    let loan = list.lend_mut()?;
    let mut there = store.redeem(loan.ticket()?)?;
    there.borrow_mut()?.push(2);
    Ok(())
}
