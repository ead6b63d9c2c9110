// rule: R16 a value lives in a store if its type is `Stored`
// code: E0277
// twin: pass/stored/put_the_key_of_an_owner.rs

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let owned = store.put(store.put(1_u64)?)?;
    println!("{owned:?}");
    Ok(())
}
