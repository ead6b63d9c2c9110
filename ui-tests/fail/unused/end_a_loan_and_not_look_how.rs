// rule: R21 a handle is not thrown away unread
// code: unused_must_use
// twin: pass/unused/end_a_loan_and_look_how.rs

#![deny(unused_must_use)]

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let mut owned = store.put(1_u64)?;
    let loan = owned.lend_mut()?;
    loan.end()?;
    Ok(())
}
