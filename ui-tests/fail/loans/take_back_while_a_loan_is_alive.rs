// rule: R04 a loan keeps its owner borrowed until the loan is dropped, not until its last use
// code: E0502
// twin: pass/loans/take_back_when_the_loan_is_gone.rs

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let mut count = store.put(1_u64)?;
    let loan = count.lend()?;
    count.revoke_loan()?;
    loan.end()?;
    Ok(())
}
