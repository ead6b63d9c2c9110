// rule: R10 a ticket for one borrower or owner is used once

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let ticket = store.put(1_u64)?.into_ticket()?;
    let owned = store.claim(ticket)?;
    let again = store.claim(owned.into_ticket()?)?;
    println!("{again:?}");
    Ok(())
}
