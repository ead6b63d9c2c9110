// rule: R14 a ticket gives the access that it was made for
// code: E0308
// twin: pass/access/call_a_shared_ticket_shared.rs

use ref_core::{Exclusive, Result, Store, Ticket};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let count = store.put(1_u64)?;
    let loan = count.lend()?;
    let ticket: Ticket<u64, Exclusive> = loan.ticket()?;
    println!("{ticket:?}");
    Ok(())
}
