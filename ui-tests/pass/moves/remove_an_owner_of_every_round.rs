// rule: R09 a handle that was given away is not used again

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    for _ in 0..2 {
        let owned = store.put(1_u64)?;
        owned.remove()?;
    }
    Ok(())
}
