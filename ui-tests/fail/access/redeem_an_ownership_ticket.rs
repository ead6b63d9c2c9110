// rule: R14 a ticket gives the access that it was made for
// code: E0277
// twin: pass/access/claim_an_ownership_ticket.rs

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let ticket = store.put(1_u64)?.into_ticket()?;
    let lease = store.redeem(ticket)?;
    println!("{}", lease.borrow()?);
    Ok(())
}
