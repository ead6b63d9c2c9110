// rule: R19 a handle leaves a collection whole

use ref_core::{Result, Store};
use std::collections::HashMap;

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let mut owners = HashMap::from([("one", store.put(1_u64)?)]);
    let one = owners["one"].borrow()?;
    assert_eq!(*one, 1);
    owners.insert("two", store.put(2)?);
    Ok(())
}
