// owners2: an owner that was given away is not used again.
//
// Fails with: E0382
// Rule: R09
//
// An object in a store has one owner. A function that takes an `Owned` takes the object, as a function
// that takes a `String` takes the text.

use ref_core::{Owned, Result, Store};

// TODO: let this function read the letter without taking it.
fn print(letter: Owned<String>) -> Result<()> {
    println!("{}", letter.borrow()?);
    Ok(())
}

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let letter = store.put(String::from("dear friend"))?;

    print(letter)?;
    print(letter)?;
    assert_eq!(store.stats()?.objects, 1, "the letter is still in the store");
    Ok(())
}

// Question: `letter.clone()` would be the other way out for a `String`. What would it mean for an owner?
