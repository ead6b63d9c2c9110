// rule: R09 a handle that was given away is not used again
// code: E0382
// twin: pass/moves/a_loan_before_it_is_ended.rs

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let owned = store.put(1_u64)?;
    let loan = owned.lend()?;
    loan.end()?;
    let ticket = loan.ticket()?;
    println!("{ticket:?}");
    Ok(())
}
