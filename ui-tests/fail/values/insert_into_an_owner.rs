// rule: R40 a value is used through a borrow of its handle
// code: E0277
// twin: pass/values/insert_into_a_borrow.rs

use std::collections::BTreeMap;

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let mut prices = store.put(BTreeMap::from([(String::from("tea"), 3_u64)]))?;
    prices.insert(String::from("milk"), 2);
    println!("{prices:?}");
    Ok(())
}
