// rule: R05 an owner does nothing beside an exclusive loan

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let lent = store.put(1_u64)?.into_loan()?;
    println!("{}", lent.borrow()?);
    lent.end()?;
    Ok(())
}
