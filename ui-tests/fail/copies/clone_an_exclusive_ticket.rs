// rule: R11 what is exclusive cannot be copied
// code: E0277
// twin: pass/copies/clone_a_shared_ticket.rs

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let mut count = store.put(1_u64)?;
    let loan = count.lend_mut()?;
    let ticket = loan.ticket()?;
    let copy = ticket.clone();
    println!("{ticket:?} {copy:?}");
    Ok(())
}
