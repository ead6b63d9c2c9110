// rule: R09 a handle that was given away is not used again
// code: E0382
// twin: pass/moves/an_owner_before_it_is_detached.rs

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let owned = store.put(String::from("left"))?;
    let key = owned.detach()?;
    println!("{}", owned.borrow()?);
    store.remove(&key)?;
    Ok(())
}
