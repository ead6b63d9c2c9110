// rule: R16 a value lives in a store if its type is `Stored`
// code: E0277
// twin: pass/stored/put_what_a_raw_pointer_points_to.rs

use ref_core::{Result, Store};

static NUMBER: u64 = 1;

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let owned = store.put(&raw const NUMBER)?;
    println!("{owned:?}");
    Ok(())
}
