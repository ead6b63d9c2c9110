// rule: R05 an owner does nothing beside an exclusive loan
// code: E0502
// twin: pass/loans/read_after_the_exclusive_loan.rs

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let mut count = store.put(1_u64)?;
    let loan = count.lend_mut()?;
    let mut lease = store.redeem(loan.ticket()?)?;
    *lease.borrow_mut()? += 1;
    lease.commit()?;
    assert_eq!(*count.borrow()?, 2);
    loan.end()?;
    Ok(())
}
