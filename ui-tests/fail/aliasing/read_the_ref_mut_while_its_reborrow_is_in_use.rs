// rule: R02 an exclusive borrow excludes every other
// code: E0502
// twin: pass/aliasing/read_the_ref_mut_after_its_reborrow.rs

use ref_core::{RefMut, Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let mut list = store.put(vec![1_u64])?;
    let mut writer = list.borrow_mut()?;
    let mut inner = RefMut::reborrow(&mut writer);
    println!("{}", writer.len());
    inner.push(2);
    Ok(())
}
