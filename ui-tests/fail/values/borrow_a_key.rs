// rule: R40 a value is used through a borrow of its handle
// code: E0277
// twin: pass/values/get_the_value_of_a_key.rs

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let key = store.put(vec![1_u64])?.detach()?;
    println!("{}", key.borrow()?.len());
    Ok(())
}
