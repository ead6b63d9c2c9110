// rule: R15 there are three kinds of access
// code: E0277
// twin: pass/access/redeem_an_exclusive_ticket.rs

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let mut list = store.put(vec![1_u64])?;
    let loan = list.lend_mut()?;
    let mut there = store.claim(loan.ticket()?)?;
    there.borrow_mut()?.push(2);
    Ok(())
}
