// borrows1: no value is changed while a reader reads it.
//
// Fails with: E0502
// Rule: R01
//
// `borrow()?` returns a `Ref`, which is used as a `&T`. `borrow_mut()?` returns a `RefMut`, which is used
// as a `&mut T`. For both the compiler's rules are those of `&` and `&mut`.

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let mut scores = store.put(vec![7_u32, 9, 4])?;

    // TODO: remember how many scores there were before the change.
    let list = scores.borrow()?;
    scores.borrow_mut()?.push(12);
    let before = list.len();

    let after = scores.borrow()?.len();
    assert_eq!((before, after), (3, 4), "one score was added");
    println!("{before} scores, and then {after}");
    Ok(())
}

// Question: the push is in the same thread, and nothing else runs. What could go wrong without this rule?
