// rule: R16 a value lives in a store if its type is `Stored`
// code: E0277
// twin: pass/stored/put_an_owned_text.rs

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let owned = store.put("text")?;
    println!("{owned:?}");
    Ok(())
}
