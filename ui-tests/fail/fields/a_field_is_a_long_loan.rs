// rule: R24 every field of a stored type is `Stored`
// code: none
// twin: pass/fields/a_field_is_a_ticket_of_a_loan.rs

use ref_core::{OwnedLoan, Result, Shared, Store, global_store};

#[global_store]
pub struct Cart {
    pub lines: Option<OwnedLoan<Vec<u64>, Shared>>,
}

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let cart = store.put(Cart { lines: None })?;
    println!("{}", cart.borrow()?.lines.is_none());
    Ok(())
}
