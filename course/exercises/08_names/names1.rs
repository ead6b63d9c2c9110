// names1: two changes of one object are one after the other.
//
// Fails with: output `one visit is lost`
// Rule: R42
//
// This program compiles. An object can have a name, and then it has no owner: each process finds it by
// its name. Here are two handles of one name, as two processes would have them.
//
// `snapshot()?` reads the newest value, and `set(v)?` replaces it. Between the two another process may
// `set`. `update(f)?` reads and writes in one step: `f` gets the newest value, and changes it.

use ref_core::{Result, Store};

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let mut ann = store.named::<u64>("visits")?;
    let mut bob = store.named::<u64>("visits")?;
    ann.set(0)?;

    // TODO: let each of the two add one visit in one step.
    let (by_ann, by_bob) = (*ann.snapshot()?, *bob.snapshot()?);
    ann.set(by_ann + 1)?;
    bob.set(by_bob + 1)?;

    let visits = ann.snapshot()?;
    assert_eq!(*visits, 2, "one visit is lost");
    println!("{visits} visits");
    Ok(())
}

// Question: no compiler error here, and no error of the store. Why does `set` not refuse?
