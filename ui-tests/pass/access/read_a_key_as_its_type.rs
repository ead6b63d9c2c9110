// rule: R14 a ticket gives the access that it was made for

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let key = store.put(1_u64)?.detach()?;
    let count: u64 = store.get(&key)?;
    println!("{count}");
    store.remove(&key)?;
    Ok(())
}
