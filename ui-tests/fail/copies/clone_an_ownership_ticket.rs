// rule: R11 what is exclusive cannot be copied
// code: E0277
// twin: pass/copies/move_an_ownership_ticket.rs

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let owned = store.put(1_u64)?;
    let ticket = owned.into_ticket()?;
    let copy = ticket.clone();
    store.claim(copy)?.remove()?;
    Ok(())
}
