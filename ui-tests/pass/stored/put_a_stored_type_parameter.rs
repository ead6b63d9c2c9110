// rule: R16 a value lives in a store if its type is `Stored`

use ref_core::{Owned, Result, Store, Stored};

fn keep<T: Stored>(store: &Store, value: T) -> Result<Owned<T>> {
    store.put(value)
}

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    println!("{}", keep(&store, 1_u64)?.borrow()?);
    Ok(())
}
