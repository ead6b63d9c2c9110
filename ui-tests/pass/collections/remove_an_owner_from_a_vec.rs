// rule: R19 a handle leaves a collection whole

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let mut owners = vec![store.put(1_u64)?, store.put(2)?];
    let first = owners.remove(0);
    first.remove()?;
    Ok(())
}
