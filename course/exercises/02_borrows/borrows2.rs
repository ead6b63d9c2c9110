// borrows2: there is one exclusive borrow at a time.
//
// Fails with: E0499
// Rule: R03
//
// The program moves 30 from the first account to the second. Both accounts are elements of one list,
// which is one object in the store.

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let mut accounts = store.put(vec![100_u32, 50])?;

    // TODO: use one borrow for both accounts.
    let mut from = accounts.borrow_mut()?;
    let mut to = accounts.borrow_mut()?;
    from[0] -= 30;
    to[1] += 30;

    assert_eq!(*accounts.borrow()?, [70, 80], "30 has moved");
    println!("{:?}", accounts.borrow()?);
    Ok(())
}

// Question: two `borrow_mut` in two blocks, one after the other, would compile. What is in the list if the
// program stops between them?
