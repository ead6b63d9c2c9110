// borrows2: there is one exclusive borrow at a time.
//
// Rule: R03
//
// The program moves 30 from the first account to the second. Both accounts are elements of one list,
// which is one object in the store.

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let mut accounts = store.put(vec![100_u32, 50])?;

    let mut list = accounts.borrow_mut()?;
    list[0] -= 30;
    list[1] += 30;

    assert_eq!(*accounts.borrow()?, [70, 80], "30 has moved");
    println!("{:?}", accounts.borrow()?);
    Ok(())
}

// Question: two `borrow_mut` in two blocks, one after the other, would compile. What is in the list if the
// program stops between them?
// Answer: between the two blocks the 30 is in neither account. The second borrow may fail, and its `?`
// ends the function there. Within one borrow no call of the store is between the two changes.
