// rule: R16 a value lives in a store if its type is `Stored`

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let other = Store::open("memory:other")?;
    let stored = store.put(String::from("memory:other"))?;
    println!("{other:?} {:?}", Store::open(&stored.borrow()?)?);
    Ok(())
}
