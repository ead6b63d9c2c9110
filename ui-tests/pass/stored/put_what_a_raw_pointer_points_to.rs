// rule: R16 a value lives in a store if its type is `Stored`

use ref_core::{Result, Store};

static NUMBER: u64 = 1;

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let owned = store.put(NUMBER)?;
    println!("{owned:?}");
    Ok(())
}
