// rule: R11 what is exclusive cannot be copied

use ref_core::{Ref, Result, Store};

fn twice<T: Copy>(handle: T) -> (T, T) {
    (handle, handle)
}

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let count = store.put(1_u64)?;
    let (one, other) = twice(Ref::into_ref(count.borrow()?));
    println!("{one} {other}");
    Ok(())
}
