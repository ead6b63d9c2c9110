// rule: R12 changing a value takes an exclusive borrow of a `mut` owner

use ref_core::{Owned, Result, Store};

fn lend(count: &mut Owned<u64>) -> Result<()> {
    let loan = count.lend_mut()?;
    println!("{:?}", loan.end()?);
    Ok(())
}

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    lend(&mut store.put(1_u64)?)
}
