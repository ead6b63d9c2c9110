// rule: R44 a writer commits once

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let mut index = store.named::<Vec<u64>>("index")?;
    index.set(vec![1])?;
    let mut writer = index.borrow_mut()?;
    writer.push(2);
    writer.commit()?;
    Ok(())
}
