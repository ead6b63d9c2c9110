// rule: R02 an exclusive borrow excludes every other
// code: E0502
// twin: pass/aliasing/read_beside_a_ref_that_was_always_shared.rs

use ref_core::{Ref, Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let mut count = store.put(1_u64)?;
    let first: Ref<'_, u64> = count.borrow_mut()?.into();
    let second = count.borrow()?;
    println!("{first} {second}");
    Ok(())
}
