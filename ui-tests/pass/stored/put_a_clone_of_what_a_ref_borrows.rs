// rule: R16 a value lives in a store if its type is `Stored`

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let list = store.put(vec![1_u64])?;
    let copy = store.put(list.borrow()?.clone())?;
    println!("{copy:?}");
    Ok(())
}
