// rule: R23 nothing in a stored value changes behind a shared borrow

use ref_core::{Result, Store, global_store};

type Hits = u64;

#[global_store]
pub struct Counter {
    pub hits: Hits,
}

fn main() -> Result<()> {
    Store::open("memory:")?.put(Counter { hits: Hits::default() })?.remove()?;
    Ok(())
}
