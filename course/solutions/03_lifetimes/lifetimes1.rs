// lifetimes1: no borrow outlives its owner.
//
// Rule: R06
//
// A `Ref` points to the value which its owner keeps in memory.

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;

    let letter = store.put(String::from("dear friend"))?;
    let text = letter.borrow()?;

    assert_eq!(text.len(), 11, "the text is whole");
    println!("{text}");
    Ok(())
}

// Question: a `clone` of the text inside the block would compile too. What would the program have then?
// Answer: a copy of the text in this process, which has nothing to do with the store any more. That is
// right for one word, and dear for a gigabyte.
