// rule: R19 a handle leaves a collection whole
// code: E0507
// twin: pass/collections/remove_an_owner_from_a_vec.rs

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let owners = vec![store.put(1_u64)?, store.put(2)?];
    let first = owners[0];
    first.remove()?;
    Ok(())
}
