// rule: R24 every field of a stored type is `Stored`
// code: none
// twin: pass/fields/a_field_is_the_address_of_a_store.rs

use ref_core::{Result, Store, global_store};

#[global_store]
pub struct Shelf {
    pub other: Option<ref_core::Store>,
}

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let shelf = store.put(Shelf { other: None })?;
    println!("{}", shelf.borrow()?.other.is_none());
    Ok(())
}
