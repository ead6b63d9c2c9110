// rule: R12 changing a value takes an exclusive borrow of a `mut` owner
// code: E0596
// twin: pass/mutability/change_owners_while_changing_their_list.rs

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let counts = vec![store.put(1_u64)?, store.put(2)?];
    for count in &counts {
        *count.borrow_mut()? += 1;
    }
    Ok(())
}
