// rule: R12 changing a value takes an exclusive borrow of a `mut` owner
// code: E0596
// twin: pass/mutability/lend_to_a_writer_through_an_exclusive_reference.rs

use ref_core::{Owned, Result, Store};

fn lend(count: &Owned<u64>) -> Result<()> {
    let loan = count.lend_mut()?;
    println!("{:?}", loan.end()?);
    Ok(())
}

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    lend(&store.put(1_u64)?)
}
