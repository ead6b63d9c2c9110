// rule: R09 a handle that was given away is not used again
// code: E0382
// twin: pass/moves/an_owner_claimed_by_its_ticket.rs

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let owned = store.put(String::from("sent"))?;
    let ticket = owned.into_ticket()?;
    println!("{}", owned.borrow()?);
    store.claim(ticket)?.remove()?;
    Ok(())
}
