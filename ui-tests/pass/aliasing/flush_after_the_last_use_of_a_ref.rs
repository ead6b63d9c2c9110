// rule: R01 nothing is changed while a shared borrow is in use

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let mut list = store.put(vec![1_u64])?;
    let first = list.borrow()?;
    assert_eq!(first.len(), 1);
    list.flush()?;
    Ok(())
}
