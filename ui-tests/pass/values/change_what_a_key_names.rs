// rule: R40 a value is used through a borrow of its handle

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let key = store.put(vec![1_u64])?.detach()?;
    let mut owned = store.adopt(key)?;
    owned.borrow_mut()?.push(2);
    Ok(())
}
