// rule: R40 a value is used through a borrow of its handle
// code: E0277
// twin: pass/values/change_an_owner_after_its_loan.rs

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let mut lent = store.put(vec![1_u64])?.into_loan()?;
    lent.borrow_mut()?.push(2);
    Ok(())
}
