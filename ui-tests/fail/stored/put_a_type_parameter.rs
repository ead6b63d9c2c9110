// rule: R16 a value lives in a store if its type is `Stored`
// code: E0277
// twin: pass/stored/put_a_stored_type_parameter.rs

use ref_core::{Owned, Result, Store};

fn keep<T>(store: &Store, value: T) -> Result<Owned<T>> {
    store.put(value)
}

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    println!("{}", keep(&store, 1_u64)?.borrow()?);
    Ok(())
}
