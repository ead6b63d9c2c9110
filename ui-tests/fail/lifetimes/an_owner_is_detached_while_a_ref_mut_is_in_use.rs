// rule: R06 no borrow outlives the handle that it is made from
// code: E0505
// twin: pass/lifetimes/an_owner_is_detached_after_the_last_use_of_a_ref_mut.rs

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let mut count = store.put(1_u64)?;
    let mut writer = count.borrow_mut()?;
    let key = count.detach()?;
    *writer += 1;
    println!("{key:?}");
    Ok(())
}
