// rule: R16 a value lives in a store if its type is `Stored`
// code: E0277
// twin: pass/stored/put_a_vec_of_what_is_stored.rs

use ref_core::{Result, Store};
use std::cell::Cell;

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let owned = store.put(vec![Cell::new(1_u64)])?;
    println!("{owned:?}");
    Ok(())
}
