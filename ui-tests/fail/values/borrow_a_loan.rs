// rule: R40 a value is used through a borrow of its handle
// code: E0277
// twin: pass/values/borrow_the_lease_of_a_loan.rs

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let list = store.put(vec![1_u64])?;
    let loan = list.lend()?;
    println!("{}", loan.borrow()?.len());
    Ok(())
}
