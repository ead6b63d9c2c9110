// rule: R40 a value is used through a borrow of its handle

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let mut count = store.put(1_u64)?;
    *count.borrow_mut()? = 2;
    println!("{count:?}");
    Ok(())
}
