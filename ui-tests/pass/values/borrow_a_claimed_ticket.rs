// rule: R40 a value is used through a borrow of its handle

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let mut ticket = store.put(vec![1_u64])?.into_ticket()?;
    store.claim(ticket)?.borrow_mut()?.push(2);
    Ok(())
}
