// rule: R21 a handle is not thrown away unread
// code: unused_must_use
// twin: pass/unused/look_at_a_value_that_was_refused.rs

#![deny(unused_must_use)]

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    store.put_or_return(1_u64);
    Ok(())
}
