// rule: R11 what is exclusive cannot be copied
// code: E0277
// twin: pass/copies/duplicate_an_owner.rs

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let owned = store.put(1_u64)?;
    let copy = owned.clone();
    println!("{owned:?} {copy:?}");
    Ok(())
}
