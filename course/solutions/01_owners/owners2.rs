// owners2: an owner that was given away is not used again.
//
// Rule: R09
//
// An object in a store has one owner. A function that takes an `Owned` takes the object, as a function
// that takes a `String` takes the text.

use ref_core::{Owned, Result, Store};

fn print(letter: &Owned<String>) -> Result<()> {
    println!("{}", letter.borrow()?);
    Ok(())
}

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let letter = store.put(String::from("dear friend"))?;

    print(&letter)?;
    print(&letter)?;
    assert_eq!(store.stats()?.objects, 1, "the letter is still in the store");
    Ok(())
}

// Question: `letter.clone()` would be the other way out for a `String`. What would it mean for an owner?
// Answer: two owners of one object. The first that is dropped would remove the object under the other.
// So an owner has no `clone`. It has `duplicate`, which makes a second object with a copy of the value.
