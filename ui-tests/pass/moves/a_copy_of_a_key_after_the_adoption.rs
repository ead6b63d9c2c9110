// rule: R09 a handle that was given away is not used again

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let key = store.put(1_u64)?.detach()?;
    let count = store.adopt(key.clone())?;
    println!("{} {}", count.borrow()?, store.exists(&key)?);
    Ok(())
}
