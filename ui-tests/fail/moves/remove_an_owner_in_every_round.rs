// rule: R09 a handle that was given away is not used again
// code: E0382
// twin: pass/moves/remove_an_owner_of_every_round.rs

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let owned = store.put(1_u64)?;
    for _ in 0..2 {
        owned.remove()?;
    }
    Ok(())
}
