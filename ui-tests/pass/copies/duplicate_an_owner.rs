// rule: R11 what is exclusive cannot be copied

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let owned = store.put(1_u64)?;
    let copy = owned.duplicate()?;
    println!("{owned:?} {copy:?}");
    Ok(())
}
