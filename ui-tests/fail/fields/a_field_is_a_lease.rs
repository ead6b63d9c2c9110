// rule: R24 every field of a stored type is `Stored`
// code: none
// twin: pass/fields/a_field_is_the_value_of_a_lease.rs

use ref_core::{Lease, Result, Shared, Store, global_store};

#[global_store]
pub struct Cart {
    pub lines: Option<Lease<Vec<u64>, Shared>>,
}

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let cart = store.put(Cart { lines: None })?;
    println!("{}", cart.borrow()?.lines.is_none());
    Ok(())
}
