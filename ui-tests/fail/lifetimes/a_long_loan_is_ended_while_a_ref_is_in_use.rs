// rule: R06 no borrow outlives the handle that it is made from
// code: E0505
// twin: pass/lifetimes/a_long_loan_is_ended_after_the_last_use_of_a_ref.rs

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let loan = store.put(1_u64)?.into_loan()?;
    let value = loan.borrow()?;
    let (owned, _) = loan.end()?;
    println!("{value} {owned:?}");
    Ok(())
}
