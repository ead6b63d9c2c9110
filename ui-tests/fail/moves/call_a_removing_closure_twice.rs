// rule: R09 a handle that was given away is not used again
// code: E0382
// twin: pass/moves/call_a_removing_closure_once.rs

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let owned = store.put(1_u64)?;
    let remove = || owned.remove();
    remove()?;
    remove()?;
    Ok(())
}
