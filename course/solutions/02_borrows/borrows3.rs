// borrows3: a duplicate is another object.
//
// Rule: R12
//
// This program compiles. The function has only a shared reference to the owner, so the compiler has
// refused `borrow_mut` there. A `duplicate` made the message go away. The name went away too.

use ref_core::{Owned, Result, Store};

fn add(names: &mut Owned<Vec<String>>, name: &str) -> Result<()> {
    names.borrow_mut()?.push(name.to_string());
    Ok(())
}

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let mut names = store.put(vec![String::from("Ann")])?;

    add(&mut names, "Bob")?;

    assert_eq!(names.borrow()?.len(), 2, "the name was not added");
    println!("{:?}", names.borrow()?);
    Ok(())
}

// Question: the function now says `&mut`, and so does the call. What does a reader of `main` know by that?
// Answer: that `add` may change `names`, without reading `add`. And that no reader of `names` is in use in
// this line. A call with `&names` promises that `names` is the same afterwards.
