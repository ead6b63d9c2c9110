// rule: R14 a ticket gives the access that it was made for
// code: E0308
// twin: pass/access/read_a_key_as_its_type.rs

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let key = store.put(1_u64)?.detach()?;
    let text: String = store.get(&key)?;
    println!("{text}");
    store.remove(&key)?;
    Ok(())
}
