// owners2: an owner that was given away is not used again.
//
// Fails with: E0382
// Rule: R09
//
// An object in a store has one owner. A function that takes an `Owned` takes the object, as a function
// that takes a `String` takes the text.

use ref_core::{ObjectId, Owned, Result, Store};

// TODO: let this function read the letter without taking it. No copy is needed.
fn print(letter: Owned<String>) -> Result<ObjectId> {
    println!("{}", letter.borrow()?);
    Ok(letter.id())
}

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let letter = store.put(String::from("dear friend"))?;

    let first = print(letter)?;
    let second = print(letter)?;
    assert_eq!(first, second, "the same letter was printed twice");
    assert_eq!(store.stats()?.objects, 1, "the letter is still in the store");
    Ok(())
}

// Question: `letter.clone()` would be the other way out for a `String`. What would it mean for an owner?
