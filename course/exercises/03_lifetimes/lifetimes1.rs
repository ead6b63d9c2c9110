// lifetimes1: no borrow outlives its owner.
//
// Fails with: E0597
// Rule: R06
//
// A `Ref` points to the value which its owner keeps in memory.

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;

    let text;
    {
        // TODO: let the owner live as long as its borrow (no `clone`).
        let letter = store.put(String::from("dear friend"))?;
        text = letter.borrow()?;
    }

    assert_eq!(text.len(), 11, "the text is whole");
    println!("{text}");
    Ok(())
}

// Question: a `clone` of the text inside the block would compile too. What would the program have then?
