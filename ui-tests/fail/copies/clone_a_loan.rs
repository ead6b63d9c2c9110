// rule: R11 what is exclusive cannot be copied
// code: E0277
// twin: pass/copies/lend_to_readers_twice.rs

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let count = store.put(1_u64)?;
    let loan = count.lend()?;
    let other = loan.clone();
    println!("{loan:?} {other:?}");
    Ok(())
}
