// rule: R14 a ticket gives the access that it was made for
// code: E0308
// twin: pass/access/redeem_a_shared_ticket.rs

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let count = store.put(1_u64)?;
    let loan = count.lend()?;
    let owned = store.claim(loan.ticket()?)?;
    println!("{}", owned.borrow()?);
    Ok(())
}
