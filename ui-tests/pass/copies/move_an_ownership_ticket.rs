// rule: R11 what is exclusive cannot be copied

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let owned = store.put(1_u64)?;
    let ticket = owned.into_ticket()?;
    let copy = ticket;
    store.claim(copy)?.remove()?;
    Ok(())
}
