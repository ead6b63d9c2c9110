// rule: R06 no borrow outlives the handle that it is made from
// code: E0597
// twin: pass/lifetimes/a_ref_lives_as_long_as_its_owner.rs

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let text;
    {
        let owned = store.put(String::from("text"))?;
        text = owned.borrow()?;
    }
    println!("{text}");
    Ok(())
}
