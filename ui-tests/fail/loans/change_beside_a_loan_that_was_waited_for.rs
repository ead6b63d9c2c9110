// rule: R04 a loan keeps its owner borrowed until the loan is dropped, not until its last use
// code: E0502
// twin: pass/loans/change_after_a_loan_that_was_waited_for.rs

use ref_core::{Result, Store};
use std::time::Duration;

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let mut count = store.put(1_u64)?;
    let loan = count.lend()?;
    loan.wait(Duration::ZERO)?;
    *count.borrow_mut()? += 1;
    Ok(())
}
