// borrows3: a duplicate is another object.
//
// Fails with: output `the name was not added`
// Rule: R12
//
// This program compiles. The function has a `&Owned`, and the compiler refuses `borrow_mut` through it. A
// `duplicate` has silenced the compiler, and it has made another object. Now the name is added to that one.

use ref_core::{Owned, Result, Store};

// TODO: change the list of the caller.
fn add(names: &Owned<Vec<String>>, name: &str) -> Result<()> {
    let mut names = names.duplicate()?;
    names.borrow_mut()?.push(name.to_string());
    Ok(())
}

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let names = store.put(vec![String::from("Ann")])?;

    add(&names, "Bob")?;

    assert_eq!(names.borrow()?.len(), 2, "the name was not added");
    println!("{:?}", names.borrow()?);
    Ok(())
}

// Question: what does a call with `&names` promise, without a look at the function?
