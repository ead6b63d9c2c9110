// rule: R16 a value lives in a store if its type is `Stored`

use ref_core::{Result, Store, global_store};

#[global_store]
struct Point(i64, i64);

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let point = Point(3, 4);
    let point = store.put(point)?;
    println!("{point:?}");
    Ok(())
}
