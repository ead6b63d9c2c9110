// rule: R16 a value lives in a store if its type is `Stored`
// code: E0277
// twin: pass/stored/detach_a_value_that_was_stored.rs

use ref_core::{Result, Store};

enum Colour {
    Red,
}

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let key = store.put(Colour::Red)?.detach()?;
    let Colour::Red = store.get(&key)?;
    let owner = store.adopt(key)?.into_ticket()?;
    store.claim(owner)?.remove()?;
    Ok(())
}
