// rule: R12 changing a value takes an exclusive borrow of a `mut` owner

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let mut counts = vec![store.put(1_u64)?, store.put(2)?];
    for count in &mut counts {
        *count.borrow_mut()? += 1;
    }
    Ok(())
}
