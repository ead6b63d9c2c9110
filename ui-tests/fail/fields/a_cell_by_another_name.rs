// rule: R23 nothing in a stored value changes behind a shared borrow
// code: E0277
// twin: pass/fields/a_count_by_another_name.rs

use ref_core::{Result, Store, global_store};

type Hits = std::cell::Cell<u64>;

#[global_store]
pub struct Counter {
    pub hits: Hits,
}

fn main() -> Result<()> {
    Store::open("memory:")?.put(Counter { hits: Hits::default() })?.remove()?;
    Ok(())
}
