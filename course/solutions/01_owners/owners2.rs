// owners2: an owner that was given away is not used again.
//
// Rule: R09
//
// An object in a store has one owner. A function that takes an `Owned` takes the object, as a function
// that takes a `String` takes the text.

use ref_core::{ObjectId, Owned, Result, Store};

fn print(letter: &Owned<String>) -> Result<ObjectId> {
    println!("{}", letter.borrow()?);
    Ok(letter.id())
}

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let letter = store.put(String::from("dear friend"))?;

    let first = print(&letter)?;
    let second = print(&letter)?;
    assert_eq!(first, second, "the same letter was printed twice");
    assert_eq!(store.stats()?.objects, 1, "the letter is still in the store");
    Ok(())
}

// Question: `letter.clone()` would be the other way out for a `String`. What would it mean for an owner?
// Answer: two owners of one object. The first that is dropped would remove the object under the other.
// So an owner has no `clone`. It has `duplicate`, which makes a second object with a copy of the value.
