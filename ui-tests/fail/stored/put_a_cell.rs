// rule: R16 a value lives in a store if its type is `Stored`
// code: E0277
// twin: pass/stored/put_the_value_of_a_cell.rs

use ref_core::{Result, Store};
use std::cell::Cell;

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let owned = store.put(Cell::new(1_u64))?;
    println!("{owned:?}");
    Ok(())
}
