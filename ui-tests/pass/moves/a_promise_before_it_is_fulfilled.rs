// rule: R09 a handle that was given away is not used again

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let (promise, key) = store.promise::<u64>()?;
    println!("{}", promise.id());
    promise.fulfil(1)?;
    println!("{}", store.get(&key)?);
    Ok(())
}
