// rule: R13 a shared lease is read-only
// code: E0277
// twin: pass/access/make_two_tickets_of_a_shared_loan.rs

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let count = store.put(1_u64)?;
    let loan = count.lend()?;
    let lost = loan.ticket()?;
    println!("{lost:?} {:?}", loan.reissue()?);
    Ok(())
}
