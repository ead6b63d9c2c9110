// rule: R20 handles and tickets come from a store only
// code: none
// twin: pass/forgery/borrow_a_ref.rs

use ref_core::{Ref, Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let count = store.put(1_u64)?;
    let number = Ref { value: &1_u64 };
    println!("{count:?} {number}");
    Ok(())
}
