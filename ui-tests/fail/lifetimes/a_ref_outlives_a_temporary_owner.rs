// rule: R06 no borrow outlives the handle that it is made from
// code: E0716
// twin: pass/lifetimes/a_ref_of_an_owner_in_a_variable.rs

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let number = store.put(1_u64)?.borrow()?;
    println!("{number}");
    Ok(())
}
