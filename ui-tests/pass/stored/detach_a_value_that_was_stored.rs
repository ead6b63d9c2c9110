// rule: R16 a value lives in a store if its type is `Stored`

use ref_core::{Result, Store, global_store};

#[global_store]
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
