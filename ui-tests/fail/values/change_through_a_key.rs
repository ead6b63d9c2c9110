// rule: R40 a value is used through a borrow of its handle
// code: E0277
// twin: pass/values/change_what_a_key_names.rs

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let mut key = store.put(vec![1_u64])?.detach()?;
    key.borrow_mut()?.push(2);
    Ok(())
}
