// rule: R14 a ticket gives the access that it was made for
// code: E0308
// twin: pass/access/take_a_ticket_for_its_type.rs

use ref_core::{Result, Shared, Store, Ticket};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let count = store.put(1_u64)?;
    let loan = count.lend()?;
    let ticket: Ticket<String, Shared> = loan.ticket()?;
    println!("{ticket:?}");
    Ok(())
}
