// rule: R15 there are three kinds of access
// code: E0277
// twin: pass/access/make_two_tickets_of_a_long_shared_loan.rs

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let lent = store.put(1_u64)?.into_loan()?;
    let lost = lent.ticket()?;
    println!("{lost:?} {:?}", lent.reissue()?);
    Ok(())
}
