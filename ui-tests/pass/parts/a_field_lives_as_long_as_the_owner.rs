// rule: R27 field handles are borrowed apart, each of them once

use ref_core::{Ref, Result, Store, global_store};

#[global_store]
struct Point {
    x: u64,
    y: u64,
}

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let point = store.put(Point { x: 3, y: 4 })?;
    let x;
    {
        x = Ref::fields(point.borrow()?).x;
    }
    println!("{x}");
    Ok(())
}
