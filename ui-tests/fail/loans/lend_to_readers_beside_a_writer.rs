// rule: R05 an owner does nothing beside an exclusive loan
// code: E0502
// twin: pass/loans/lend_to_readers_after_the_writer.rs

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let mut count = store.put(1_u64)?;
    let writer = count.lend_mut()?;
    let readers = count.lend()?;
    writer.end()?;
    readers.end()?;
    Ok(())
}
