// rule: R16 a value lives in a store if its type is `Stored`
// code: E0277
// twin: pass/stored/borrow_a_value_that_was_stored.rs

use ref_core::{Result, Store};

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
