// rule: R20 handles and tickets come from a store only

use ref_core::{Ref, Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let count = store.put(1_u64)?;
    let number: Ref<'_, u64> = count.borrow()?;
    println!("{count:?} {number}");
    Ok(())
}
