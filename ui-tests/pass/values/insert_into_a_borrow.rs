// rule: R40 a value is used through a borrow of its handle

use std::collections::BTreeMap;

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let mut prices = store.put(BTreeMap::from([(String::from("tea"), 3_u64)]))?;
    prices.borrow_mut()?.insert(String::from("milk"), 2);
    println!("{prices:?}");
    Ok(())
}
