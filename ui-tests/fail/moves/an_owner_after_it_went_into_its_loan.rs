// rule: R09 a handle that was given away is not used again
// code: E0382
// twin: pass/moves/an_owner_comes_back_from_its_loan.rs

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let count = store.put(1_u64)?;
    let lent = count.into_loan_mut()?;
    println!("{}", count.borrow()?);
    lent.end()?;
    Ok(())
}
