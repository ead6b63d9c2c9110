// rule: R05 an owner does nothing beside an exclusive loan
// code: E0499
// twin: pass/loans/change_after_the_exclusive_loan.rs

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let mut count = store.put(1_u64)?;
    let loan = count.lend_mut()?;
    *count.borrow_mut()? += 1;
    loan.end()?;
    Ok(())
}
