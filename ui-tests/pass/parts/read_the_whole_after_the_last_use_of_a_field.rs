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
    let mut sum = RefMut::fields(tally.borrow_mut()?).sum;
    *sum += 1;
    println!("{}", tally.borrow()?.seen.len());
    Ok(())
}
