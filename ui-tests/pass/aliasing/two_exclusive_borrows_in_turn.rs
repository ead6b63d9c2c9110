// rule: R03 one exclusive borrow at a time

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let mut list = store.put(vec![1_u64])?;
    let mut first = list.borrow_mut()?;
    first.push(2);
    let mut second = list.borrow_mut()?;
    second.push(3);
    Ok(())
}
