// rule: R27 field handles are borrowed apart, each of them once
// code: E0382
// twin: pass/parts/use_a_ref_mut_before_taking_it_apart.rs

use ref_core::{RefMut, Result, Store, global_store};

#[global_store]
struct Tally {
    sum: u64,
    seen: Vec<u64>,
}

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let mut tally = store.put(Tally { sum: 0, seen: vec![2, 3] })?;
    let mut whole = tally.borrow_mut()?;
    let mut parts = RefMut::fields(whole);
    *parts.sum += 1;
    whole.seen.clear();
    Ok(())
}
