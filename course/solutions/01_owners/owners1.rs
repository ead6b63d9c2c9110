// owners1: a value is used through a borrow of its owner.
//
// Rule: R40
//
// A store keeps values which several processes can use. `store.put(value)` moves a value into the store
// and returns its owner, an `Owned`. An owner is not the value. To read the value, borrow it by
// `borrow()?`. To change it, borrow it by `borrow_mut()?`.
//
// Each call that reaches for a store may fail, so `?` stands behind it.

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?; // a store in the memory of this process
    let mut names = store.put(vec![String::from("Ann")])?;

    names.borrow_mut()?.push(String::from("Bob"));

    let names = names.borrow()?;
    assert_eq!(names.len(), 2, "there are two names");
    println!("{} and {}", names[0], names[1]);
    Ok(())
}

// Question: `push` of a `Vec` returns no error, and `borrow_mut` of an owner may return one. What can go
// wrong with a store, and not with a `Vec`?
// Answer: the value of an owner is perhaps not in this process. Another process may have changed it, and
// then the borrow reads it from the store. A file or a server may refuse that, and a `Vec` in memory may not.
