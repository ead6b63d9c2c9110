// rule: R16 a value lives in a store if its type is `Stored`
// code: E0277
// twin: pass/stored/put_a_copy_of_an_owners_value.rs

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let owned = store.put(store.put(1_u64)?)?;
    println!("{owned:?}");
    Ok(())
}
