// rule: R02 an exclusive borrow excludes every other

use ref_core::{RefMut, Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let mut list = store.put(vec![1_u64])?;
    let mut writer = list.borrow_mut()?;
    let mut inner = RefMut::reborrow(&mut writer);
    inner.push(2);
    println!("{}", writer.len());
    Ok(())
}
