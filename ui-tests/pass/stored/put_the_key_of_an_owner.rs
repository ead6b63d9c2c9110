// rule: R16 a value lives in a store if its type is `Stored`

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let owned = store.put(store.put(1_u64)?.detach()?)?;
    println!("{owned:?}");
    Ok(())
}
