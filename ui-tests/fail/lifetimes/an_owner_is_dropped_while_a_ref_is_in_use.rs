// rule: R06 no borrow outlives the handle that it is made from
// code: E0505
// twin: pass/lifetimes/an_owner_is_dropped_after_the_last_use_of_a_ref.rs

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let owned = store.put(String::from("text"))?;
    let text = owned.borrow()?;
    drop(owned);
    println!("{}", text.len());
    Ok(())
}
