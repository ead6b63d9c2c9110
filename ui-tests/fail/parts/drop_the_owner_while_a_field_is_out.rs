// rule: R27 field handles are borrowed apart, each of them once
// code: E0505
// twin: pass/parts/drop_the_owner_after_the_last_use_of_a_field.rs

use ref_core::{RefMut, Result, Store, global_store};

#[global_store]
struct Tally {
    sum: u64,
    seen: Vec<u64>,
}

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let mut tally = store.put(Tally { sum: 0, seen: vec![2, 3] })?;
    let mut sum = RefMut::fields(tally.borrow_mut()?).sum;
    drop(tally);
    *sum += 1;
    Ok(())
}
