// rule: R02 an exclusive borrow excludes every other
// code: E0502
// twin: pass/aliasing/read_after_the_last_use_of_a_ref_mut.rs

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let mut list = store.put(vec![1_u64])?;
    let mut writer = list.borrow_mut()?;
    let reader = list.borrow()?;
    writer.push(2);
    println!("{}", reader.len());
    Ok(())
}
