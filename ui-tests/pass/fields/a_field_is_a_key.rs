// rule: R24 every field of a stored type is `Stored`

use ref_core::{Key, Result, Store, global_store};

#[global_store]
pub struct Cart {
    pub lines: Key<Vec<u64>>,
}

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let cart = store.put(Cart { lines: store.put(vec![1])?.detach()? })?;
    println!("{:?}", cart.borrow()?.lines);
    Ok(())
}
