// rule: R16 a value lives in a store if its type is `Stored`
// code: E0277
// twin: pass/stored/put_a_stored_struct.rs

use ref_core::{Result, Store};

struct Point(i64, i64);

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let point = Point(3, 4);
    let point = store.put(point)?;
    println!("{point:?}");
    Ok(())
}
