// rule: R40 a value is used through a borrow of its handle

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let mut lent = store.put(vec![1_u64])?.into_loan()?;
    let (mut list, _ended) = lent.end()?;
    list.borrow_mut()?.push(2);
    Ok(())
}
