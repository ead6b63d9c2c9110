// rule: R07 no loan outlives its owner

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let owned = store.put(1_u64)?;
    let loan = owned.lend()?;
    loan.end()?;
    let ticket = owned.into_ticket()?;
    assert_eq!(*store.claim(ticket)?.borrow()?, 1);
    Ok(())
}
