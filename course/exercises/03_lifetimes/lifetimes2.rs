// lifetimes2: the type of a borrow says what it borrows from.
//
// Fails with: E0106
// Rule: R06
//
// A `Ref<'a, T>` is a borrow for the lifetime `'a`. In most functions the compiler finds the lifetime by
// itself. Here it cannot: the result may come from either argument.

use ref_core::{Ref, Result, Store};

// TODO: say that the result may be used for as long as both arguments may be used.
fn longer(one: Ref<String>, other: Ref<String>) -> Ref<String> {
    if one.len() >= other.len() { one } else { other }
}

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let letter = store.put(String::from("dear friend"))?;
    let note = store.put(String::from("hello"))?;

    let longest = longer(letter.borrow()?, note.borrow()?);
    assert_eq!(*longest, "dear friend", "the letter is longer");
    println!("{longest}");
    Ok(())
}

// Question: `longest` is the letter. May `note` be dropped while `longest` is in use?
