// rule: R10 a ticket for one borrower or owner is used once
// code: E0382
// twin: pass/moves/redeem_two_shared_tickets.rs

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let mut count = store.put(1_u64)?;
    let loan = count.lend_mut()?;
    let ticket = loan.ticket()?;
    let first = store.redeem(ticket)?;
    let second = store.redeem(ticket)?;
    println!("{first:?} {second:?}");
    Ok(())
}
