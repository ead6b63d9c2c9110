// rule: R07 no loan outlives its owner
// code: E0505
// twin: pass/lifetimes/an_owner_is_sent_away_after_its_loan.rs

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let owned = store.put(1_u64)?;
    let loan = owned.lend()?;
    let ticket = owned.into_ticket()?;
    loan.end()?;
    assert_eq!(*store.claim(ticket)?.borrow()?, 1);
    Ok(())
}
