// rule: R20 handles and tickets come from a store only
// code: E0624
// twin: pass/forgery/read_a_ticket_from_text.rs

use ref_core::{Result, Shared, Store, Ticket};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let count = store.put(1_u64)?;
    let loan = count.lend()?;
    let ticket: Ticket<u64, Shared> = Ticket::new(unreachable!());
    println!("{ticket:?}");
    Ok(())
}
