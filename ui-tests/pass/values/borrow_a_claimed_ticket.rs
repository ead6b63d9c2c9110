// rule: R40 a value is used through a borrow of its handle

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let ticket = store.put(vec![1_u64])?.into_ticket()?;
    let mut owned = store.claim(ticket)?;
    owned.borrow_mut()?.push(2);
    Ok(())
}
