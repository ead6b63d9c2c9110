// rule: R27 field handles are borrowed apart, each of them once
// code: E0597
// twin: pass/parts/a_field_lives_as_long_as_the_owner.rs

use ref_core::{Ref, Result, Store, global_store};

#[global_store]
struct Point {
    x: u64,
    y: u64,
}

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let x;
    {
        let point = store.put(Point { x: 3, y: 4 })?;
        x = Ref::fields(point.borrow()?).x;
    }
    println!("{x}");
    Ok(())
}
