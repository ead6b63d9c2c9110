// rule: R11 what is exclusive cannot be copied
// code: E0277
// twin: pass/copies/derive_clone_for_a_struct_with_a_key.rs

use ref_core::{Owned, Result, Store};

#[derive(Clone)]
struct Cart {
    lines: Owned<Vec<u64>>,
}

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let cart = Cart { lines: store.put(vec![1])? };
    println!("{:?}", cart.clone().lines);
    Ok(())
}
