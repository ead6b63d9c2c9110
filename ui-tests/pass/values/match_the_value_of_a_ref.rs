// rule: R40 a value is used through a borrow of its handle

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let found = store.put(Some(1_u64))?;
    if let Some(number) = *found.borrow()? {
        println!("{number}");
    }
    Ok(())
}
