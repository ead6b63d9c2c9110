// rule: R01 nothing is changed while a shared borrow is in use
// code: E0502
// twin: pass/aliasing/flush_after_the_last_use_of_a_ref.rs

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let mut list = store.put(vec![1_u64])?;
    let first = list.borrow()?;
    list.flush()?;
    assert_eq!(first.len(), 1);
    Ok(())
}
