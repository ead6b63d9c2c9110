// rule: R05 an owner does nothing beside an exclusive loan

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let mut count = store.put(1_u64)?;
    let loan = count.lend_mut()?;
    loan.end()?;
    *count.borrow_mut()? += 1;
    Ok(())
}
