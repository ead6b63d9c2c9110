// rule: R11 what is exclusive cannot be copied

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let lent = store.put(1_u64)?.into_loan()?;
    let ticket = lent.ticket()?;
    let other = ticket.clone();
    println!("{lent:?} {ticket:?} {other:?}");
    Ok(())
}
