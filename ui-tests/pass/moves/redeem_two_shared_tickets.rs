// rule: R10 a ticket for one borrower or owner is used once

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let count = store.put(1_u64)?;
    let loan = count.lend()?;
    let ticket = loan.ticket()?;
    let first = store.redeem(ticket.clone())?;
    let second = store.redeem(ticket)?;
    println!("{first:?} {second:?}");
    Ok(())
}
