// rule: R09 a handle that was given away is not used again
// code: E0382
// twin: pass/moves/a_promise_before_it_is_fulfilled.rs

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let (promise, key) = store.promise::<u64>()?;
    promise.fulfil(1)?;
    println!("{} {}", promise.id(), store.get(&key)?);
    Ok(())
}
