// rule: R12 changing a value takes an exclusive borrow of a `mut` owner

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let mut list = store.put(vec![1_u64])?;
    let mut writer = list.borrow_mut()?;
    writer.push(2);
    Ok(())
}
