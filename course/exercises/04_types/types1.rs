// types1: a value lives in a store if its type is `Stored`.
//
// Fails with: E0277
// Rule: R16
//
// Other processes read a value as bytes. Numbers, texts, lists and maps of them are `Stored` already. A
// type of yours says by `#[global_store]` on its definition that it may live in a store. The attribute is
// imported as any other name: `use ref_core::global_store;`.
//
// The notes under the message are for other types: the first lines are enough here.

use ref_core::{Result, Store};

// TODO: let points live in a store.
struct Point {
    x: i64,
    y: i64,
}

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let mut point = store.put(Point { x: 3, y: 4 })?;

    point.borrow_mut()?.x += 1;
    let point = point.borrow()?;
    assert_eq!((point.x, point.y), (4, 4), "the point has moved");
    println!("{} {}", point.x, point.y);
    Ok(())
}

// Question: why is no `struct` with `String` and `u64` in it `Stored` without the attribute?
