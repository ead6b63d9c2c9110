// rule: R06 no borrow outlives the handle that it is made from

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let mut count = store.put(1_u64)?;
    let mut writer = count.borrow_mut()?;
    *writer += 1;
    let key = count.detach()?;
    println!("{key:?}");
    Ok(())
}
