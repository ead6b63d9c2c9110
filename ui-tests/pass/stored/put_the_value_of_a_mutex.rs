// rule: R16 a value lives in a store if its type is `Stored`

use ref_core::{Result, Store};
use std::sync::Mutex;

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let owned = store.put(Mutex::new(1_u64).into_inner().unwrap_or_default())?;
    println!("{owned:?}");
    Ok(())
}
