// rule: R09 a handle that was given away is not used again

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let owned = store.put(String::from("here"))?;
    println!("{}", owned.borrow()?);
    owned.remove()?;
    Ok(())
}
