// rule: R42 a name is read and changed through one handle as its value is

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let mut index = store.named::<Vec<u64>>("index")?;
    index.set(vec![1])?;
    let first = index.borrow_mut()?;
    first.commit()?;
    let second = index.borrow_mut()?;
    second.commit()?;
    Ok(())
}
