// rule: R19 a handle leaves a collection whole
// code: E0502
// twin: pass/collections/insert_into_a_map_after_the_last_use_of_a_ref.rs

use ref_core::{Result, Store};
use std::collections::HashMap;

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let mut owners = HashMap::from([("one", store.put(1_u64)?)]);
    let one = owners["one"].borrow()?;
    owners.insert("two", store.put(2)?);
    assert_eq!(*one, 1);
    Ok(())
}
