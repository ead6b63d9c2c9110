// rule: R01 nothing is changed while a shared borrow is in use
// code: E0505
// twin: pass/aliasing/take_the_value_out_after_the_last_use_of_a_ref.rs

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let list = store.put(vec![1_u64])?;
    let first = list.borrow()?;
    let value = list.into_inner()?;
    assert_eq!(first.len(), 1);
    println!("{value:?}");
    Ok(())
}
