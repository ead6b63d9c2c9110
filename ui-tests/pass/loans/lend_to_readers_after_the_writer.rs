// rule: R05 an owner does nothing beside an exclusive loan

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let mut count = store.put(1_u64)?;
    let writer = count.lend_mut()?;
    writer.end()?;
    let readers = count.lend()?;
    readers.end()?;
    Ok(())
}
