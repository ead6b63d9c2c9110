// rule: R02 an exclusive borrow excludes every other

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let mut list = store.put(vec![1_u64])?;
    let mut writer = list.borrow_mut()?;
    writer.push(2);
    let reader = list.borrow()?;
    println!("{}", reader.len());
    Ok(())
}
