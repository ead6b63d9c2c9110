// rule: R01 nothing is changed while a shared borrow is in use

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let list = store.put(vec![1_u64])?;
    let first = list.borrow()?;
    assert_eq!(first.len(), 1);
    let value = list.into_inner()?;
    println!("{value:?}");
    Ok(())
}
