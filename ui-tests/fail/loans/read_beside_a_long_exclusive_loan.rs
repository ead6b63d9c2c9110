// rule: R05 an owner does nothing beside an exclusive loan
// code: E0277
// twin: pass/loans/read_beside_a_long_shared_loan.rs

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let lent = store.put(1_u64)?.into_loan_mut()?;
    println!("{}", lent.borrow()?);
    lent.end()?;
    Ok(())
}
