// rule: R22 a stored type borrows nothing and holds no address

use ref_core::{Result, Store, global_store};

type Hits = Box<u64>;

#[global_store]
pub struct Counter {
    pub hits: Hits,
}

fn main() -> Result<()> {
    Store::open("memory:")?.put(Counter { hits: Hits::default() })?.remove()?;
    Ok(())
}
