// rule: R20 handles and tickets come from a store only
// code: E0616
// twin: pass/forgery/take_the_reference_of_a_ref_mut.rs

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let mut count = store.put(1_u64)?;
    let number = count.borrow_mut()?;
    let plain = number.value;
    *plain += 1;
    Ok(())
}
