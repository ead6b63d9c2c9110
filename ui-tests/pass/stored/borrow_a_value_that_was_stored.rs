// rule: R16 a value lives in a store if its type is `Stored`

use ref_core::{Result, Store, global_store};

#[global_store]
struct Point {
    x: i64,
}

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let mut point = store.put(Point { x: 3 })?;
    point.borrow_mut()?.x += 1;
    println!("{}", point.borrow()?.x);
    Ok(())
}
