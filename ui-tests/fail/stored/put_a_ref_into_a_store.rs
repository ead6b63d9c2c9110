// rule: R16 a value lives in a store if its type is `Stored`
// code: E0277
// twin: pass/stored/put_a_clone_of_what_a_ref_borrows.rs

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let list = store.put(vec![1_u64])?;
    let copy = store.put(list.borrow()?)?;
    println!("{copy:?}");
    Ok(())
}
