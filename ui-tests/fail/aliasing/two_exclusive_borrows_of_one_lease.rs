// rule: R03 one exclusive borrow at a time
// code: E0499
// twin: pass/aliasing/two_exclusive_borrows_of_one_lease_in_turn.rs

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let mut list = store.put(vec![1_u64])?;
    let loan = list.lend_mut()?;
    let mut lease = store.redeem(loan.ticket()?)?;
    let mut first = lease.borrow_mut()?;
    let mut second = lease.borrow_mut()?;
    first.push(2);
    second.push(3);
    Ok(())
}
