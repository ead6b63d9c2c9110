// rule: R20 handles and tickets come from a store only

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let count = store.put(1_u64)?;
    let loan = count.lend()?;
    let ticket = loan.ticket()?;
    let copy = ticket.clone();
    println!("{copy:?}");
    Ok(())
}
