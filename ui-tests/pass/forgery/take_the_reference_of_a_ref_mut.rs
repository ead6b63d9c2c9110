// rule: R20 handles and tickets come from a store only

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let mut count = store.put(1_u64)?;
    let number = count.borrow_mut()?;
    let plain = ref_core::RefMut::into_mut(number);
    *plain += 1;
    Ok(())
}
