// rule: R11 what is exclusive cannot be copied
// code: E0277
// twin: pass/copies/copy_the_reference_of_a_ref.rs

use ref_core::{Result, Store};

fn twice<T: Copy>(handle: T) -> (T, T) {
    (handle, handle)
}

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let mut count = store.put(1_u64)?;
    let (one, other) = twice(count.borrow_mut()?);
    println!("{one} {other}");
    Ok(())
}
