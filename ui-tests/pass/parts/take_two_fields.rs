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
    let parts = RefMut::fields(tally.borrow_mut()?);
    let one = parts.sum;
    let other = parts.seen;
    println!("{one} {other:?}");
    Ok(())
}
