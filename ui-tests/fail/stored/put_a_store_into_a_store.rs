// rule: R16 a value lives in a store if its type is `Stored`
// code: E0277
// twin: pass/stored/put_the_address_of_a_store.rs

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let other = Store::open("memory:other")?;
    let stored = store.put(other)?;
    println!("{:?}", *stored.borrow()?);
    Ok(())
}
