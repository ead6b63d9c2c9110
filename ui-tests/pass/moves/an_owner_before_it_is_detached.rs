// rule: R09 a handle that was given away is not used again

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let owned = store.put(String::from("left"))?;
    println!("{}", owned.borrow()?);
    let key = owned.detach()?;
    store.remove(&key)?;
    Ok(())
}
