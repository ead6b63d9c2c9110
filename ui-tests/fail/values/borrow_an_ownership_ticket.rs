// rule: R40 a value is used through a borrow of its handle
// code: E0277
// twin: pass/values/borrow_a_claimed_ticket.rs

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let mut ticket = store.put(vec![1_u64])?.into_ticket()?;
    ticket.borrow_mut()?.push(2);
    Ok(())
}
