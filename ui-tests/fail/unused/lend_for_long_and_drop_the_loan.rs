// rule: R21 a handle is not thrown away unread
// code: unused_must_use
// twin: pass/unused/lend_for_long_and_keep_the_loan.rs

#![deny(unused_must_use)]

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    store.put(1_u64)?.into_loan()?;
    Ok(())
}
