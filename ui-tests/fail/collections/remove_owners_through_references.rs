// rule: R19 a handle leaves a collection whole
// code: E0507
// twin: pass/collections/remove_owners_of_a_vec.rs

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let owners = vec![store.put(1_u64)?, store.put(2)?];
    for owner in &owners {
        owner.remove()?;
    }
    Ok(())
}
