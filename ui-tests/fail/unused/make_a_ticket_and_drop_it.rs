// rule: R21 a handle is not thrown away unread
// code: unused_must_use
// twin: pass/unused/make_a_ticket_and_claim_it.rs

#![deny(unused_must_use)]

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let owned = store.put(1_u64)?;
    owned.into_ticket()?;
    Ok(())
}
