// rule: R04 a loan keeps its owner borrowed until the loan is dropped, not until its last use
// code: E0502
// twin: pass/loans/lend_to_a_writer_after_the_readers.rs

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let mut list = store.put(vec![1_u64])?;
    let readers = list.lend()?;
    let lease = store.redeem(readers.ticket()?)?;
    assert_eq!(lease.borrow()?.len(), 1);
    let _writer = list.lend_mut()?;
    Ok(())
}
