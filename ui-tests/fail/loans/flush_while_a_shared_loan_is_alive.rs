// rule: R04 a loan keeps its owner borrowed until the loan is dropped, not until its last use
// code: E0502
// twin: pass/loans/flush_before_a_shared_loan.rs

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let mut list = store.put(vec![1_u64])?;
    let _loan = list.lend()?;
    list.flush()?;
    Ok(())
}
