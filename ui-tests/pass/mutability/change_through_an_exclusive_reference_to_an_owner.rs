// rule: R12 changing a value takes an exclusive borrow of a `mut` owner

use ref_core::{Owned, Result, Store};

fn increment(count: &mut Owned<u64>) -> Result<()> {
    *count.borrow_mut()? += 1;
    Ok(())
}

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    increment(&mut store.put(1_u64)?)
}
