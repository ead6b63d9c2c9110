// rule: R24 every field of a stored type is `Stored`
// code: none
// twin: pass/fields/a_field_is_a_key.rs

use ref_core::{Owned, Result, Store, global_store};

#[global_store]
pub struct Cart {
    pub lines: Owned<Vec<u64>>,
}

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let cart = store.put(Cart { lines: store.put(vec![1])? })?;
    println!("{:?}", cart.borrow()?.lines);
    Ok(())
}
