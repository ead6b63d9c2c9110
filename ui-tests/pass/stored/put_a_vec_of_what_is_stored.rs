// rule: R16 a value lives in a store if its type is `Stored`

use ref_core::{Result, Store};
use std::cell::Cell;

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let owned = store.put(vec![Cell::new(1_u64).get()])?;
    println!("{owned:?}");
    Ok(())
}
