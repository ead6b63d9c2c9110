// rule: R19 a handle leaves a collection whole

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let owners = vec![store.put(1_u64)?, store.put(2)?];
    for owner in owners {
        owner.remove()?;
    }
    Ok(())
}
