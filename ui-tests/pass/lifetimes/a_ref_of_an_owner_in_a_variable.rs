// rule: R06 no borrow outlives the handle that it is made from

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let owned = store.put(1_u64)?;
    let number = owned.borrow()?;
    println!("{number}");
    Ok(())
}
