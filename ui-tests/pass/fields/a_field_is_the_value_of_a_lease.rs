// rule: R24 every field of a stored type is `Stored`

use ref_core::{Result, Store, global_store};

#[global_store]
pub struct Cart {
    pub lines: Option<Vec<u64>>,
}

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let cart = store.put(Cart { lines: None })?;
    println!("{}", cart.borrow()?.lines.is_none());
    Ok(())
}
