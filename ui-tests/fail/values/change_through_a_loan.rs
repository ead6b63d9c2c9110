// rule: R40 a value is used through a borrow of its handle
// code: E0277
// twin: pass/values/change_through_the_lease_of_a_loan.rs

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let mut list = store.put(vec![1_u64])?;
    let mut loan = list.lend_mut()?;
    loan.borrow_mut()?.push(2);
    Ok(())
}
