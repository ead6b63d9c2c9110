// rule: R22 a stored type borrows nothing and holds no address
// code: E0277
// twin: pass/fields/a_box_by_another_name.rs

use ref_core::{Result, Store, global_store};

type Hits = std::rc::Rc<u64>;

#[global_store]
pub struct Counter {
    pub hits: Hits,
}

fn main() -> Result<()> {
    Store::open("memory:")?.put(Counter { hits: Hits::default() })?.remove()?;
    Ok(())
}
