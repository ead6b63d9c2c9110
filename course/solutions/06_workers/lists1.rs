// lists1: a list of owners is lent as one.
//
// Rule: R28
//
// A `&mut [T]` parameter takes a list of owners. Each of them is lent exclusively to the call.

use ref_core::{Owned, Result, Store, Workers, remote};

#[remote]
fn double(rows: &mut [Vec<u64>]) {
    for cell in rows.iter_mut().flatten() {
        *cell *= 2;
    }
}

fn main() -> Result<()> {
    remote::init();
    let store = Store::open(&format!("shm://course-{}", std::process::id()))?;
    let workers = Workers::start(1)?;
    let mut rows: Vec<Owned<Vec<u64>>> = vec![store.put(vec![1, 2])?, store.put(vec![3, 4])?];

    let before = rows[0].borrow()?[0];
    double::call(&workers, &mut rows)?;

    let after = rows[0].borrow()?[0];
    assert_eq!((before, after), (1, 2), "the cell was doubled");
    println!("{before}, then {after}");
    Ok(())
}

// Question: only one row is borrowed here. Why may the call not take the other one?
// Answer: `&mut rows` lends the whole list, and the function may change each row of it. `&mut rows[1..]`
// does not help, since an index borrows the whole list too. `rows.split_at_mut(1)` makes two lists of it,
// and each of them is borrowed on its own.
