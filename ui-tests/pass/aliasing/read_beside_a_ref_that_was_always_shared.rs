// rule: R02 an exclusive borrow excludes every other

use ref_core::{Ref, Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let count = store.put(1_u64)?;
    let first: Ref<'_, u64> = count.borrow()?;
    let second = count.borrow()?;
    println!("{first} {second}");
    Ok(())
}
