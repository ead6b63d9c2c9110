// borrows3: a duplicate is another object.
//
// Rule: R12
//
// This program compiles. The function has a `&Owned`, and the compiler refuses `borrow_mut` through it. A
// `duplicate` has silenced the compiler, and it has made another object. Now the name is added to that one.

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

// Question: what does a call with `&names` promise, without a look at the function?
// Answer: that the object is the same afterwards. A call with `&mut names` says that it may be another one,
// and that no borrow of `names` is in use in this line.
