// rule: R14 a ticket gives the access that it was made for

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let ticket = store.put(1_u64)?.into_ticket()?;
    let lease = store.claim(ticket)?;
    println!("{}", lease.borrow()?);
    Ok(())
}
