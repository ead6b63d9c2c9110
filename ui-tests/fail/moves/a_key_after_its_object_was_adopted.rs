// rule: R09 a handle that was given away is not used again
// code: E0382
// twin: pass/moves/a_copy_of_a_key_after_the_adoption.rs

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let key = store.put(1_u64)?.detach()?;
    let count = store.adopt(key)?;
    println!("{} {}", count.borrow()?, store.exists(&key)?);
    Ok(())
}
