// owners3: an object leaves the store with its owner.
//
// Rule: I7
//
// This program compiles. The function puts a letter into the store, and returns the letter's id. But the
// store is empty afterwards.

use ref_core::{Owned, Result, Store};

fn write(store: &Store) -> Result<Owned<String>> {
    store.put(String::from("dear friend"))
}

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let _letter = write(&store)?;

    assert_eq!(store.stats()?.objects, 1, "the letter is not in the store");
    println!("the letter is in the store");
    Ok(())
}

// Question: when does the letter leave the store now?
// Answer: at the end of `main`, where `_letter` is dropped. No call says so. It is the rule of a `Box`:
// the memory goes with the owner.
