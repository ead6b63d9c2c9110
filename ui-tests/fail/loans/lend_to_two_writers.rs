// rule: R05 an owner does nothing beside an exclusive loan
// code: E0499
// twin: pass/loans/lend_to_one_writer_after_the_other.rs

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let mut count = store.put(1_u64)?;
    let one = count.lend_mut()?;
    let other = count.lend_mut()?;
    one.end()?;
    other.end()?;
    Ok(())
}
