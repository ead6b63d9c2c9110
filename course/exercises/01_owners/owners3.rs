// owners3: an object leaves the store with its owner.
//
// Fails with: output `the letter is not in the store`
// Rule: I7
//
// This program compiles. The function puts a letter into the store, and returns the letter's id. But the
// store is empty afterwards.

use ref_core::{ObjectId, Result, Store};

// TODO: the letter has to be in the store for as long as `main` needs it. So `main` needs more than its id.
fn write(store: &Store) -> Result<ObjectId> {
    let letter = store.put(String::from("dear friend"))?;
    Ok(letter.id())
}

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let _letter = write(&store)?;

    assert_eq!(store.stats()?.objects, 1, "the letter is not in the store");
    println!("the letter is in the store");
    Ok(())
}

// Question: when does the letter leave the store now?
