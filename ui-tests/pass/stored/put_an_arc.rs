// rule: R16 a value lives in a store if its type is `Stored`

use ref_core::{Result, Store};
use std::sync::Arc;

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let owned = store.put(Arc::new(1_u64))?;
    println!("{owned:?}");
    Ok(())
}
