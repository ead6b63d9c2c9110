// rule: R09 a handle that was given away is not used again

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let owned = store.put(String::from("sent"))?;
    let ticket = owned.into_ticket()?;
    let owned = store.claim(ticket)?;
    println!("{}", owned.borrow()?);
    Ok(())
}
