// rule: R11 what is exclusive cannot be copied
// code: E0277
// twin: pass/copies/give_a_key_to_what_clones_it.rs

use ref_core::{Result, Store};

fn twice<T: Clone>(value: &T) -> (T, T) {
    (value.clone(), value.clone())
}

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let count = store.put(1_u64)?;
    println!("{:?}", twice(&count));
    Ok(())
}
