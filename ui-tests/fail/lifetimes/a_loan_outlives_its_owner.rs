// rule: R07 no loan outlives its owner
// code: E0597
// twin: pass/lifetimes/a_loan_ends_before_its_owner.rs

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let loan;
    {
        let owned = store.put(String::from("text"))?;
        loan = owned.lend()?;
    }
    loan.end()?;
    Ok(())
}
