// rule: R11 what is exclusive cannot be copied
// code: E0277
// twin: pass/copies/redeem_a_ticket_for_another_lease.rs

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let count = store.put(1_u64)?;
    let loan = count.lend()?;
    let lease = store.redeem(loan.ticket()?)?;
    let other = lease.clone();
    println!("{lease:?} {other:?}");
    Ok(())
}
