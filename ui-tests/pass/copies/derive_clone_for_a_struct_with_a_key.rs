// rule: R11 what is exclusive cannot be copied

use ref_core::{Key, Result, Store};

#[derive(Clone)]
struct Cart {
    lines: Key<Vec<u64>>,
}

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let cart = Cart { lines: store.put(vec![1])?.detach()? };
    println!("{:?}", cart.clone().lines);
    Ok(())
}
