// rule: R27 field handles are borrowed apart, each of them once

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
    whole.seen.clear();
    let mut parts = RefMut::fields(whole);
    *parts.sum += 1;
    Ok(())
}
