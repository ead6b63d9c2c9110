// rule: R20 handles and tickets come from a store only
// code: E0451
// twin: pass/forgery/clone_the_ticket_of_a_shared_loan.rs

use ref_core::{Result, Store, Ticket};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let count = store.put(1_u64)?;
    let loan = count.lend()?;
    let ticket = loan.ticket()?;
    let copy = Ticket { ..ticket };
    println!("{copy:?}");
    Ok(())
}
