// scopes1: what a run may change is borrowed until its scope ends.
//
// Fails with: E0499
// Rule: R28
//
// A remote function with a `&mut u64` parameter takes a `&mut Owned<u64>`: the ticket, the lease, the
// commit and the end of the loan are made for you. `spawn` starts a call and does not wait. What it borrows
// stays borrowed until the scope, the `|s| { .. }`, has ended, even after `join`.
//
//     main      scope [-----------------------]
//     worker 1        add(&mut count, 1)
//     worker 2        add(&mut count, 2)   <- a second writer

use ref_core::{Result, Store, Workers, remote};

#[remote]
fn add(count: &mut u64, by: u64) {
    *count += by;
}

fn main() -> Result<()> {
    remote::init();
    let store = Store::open(&format!("shm://course-{}", std::process::id()))?;
    let workers = Workers::start(2)?;
    let mut count = store.put(1_u64)?;

    // TODO: let one process add after the other: with two scopes, or with none.
    workers.scope(|s| {
        add::spawn(s, &mut count, 1)?.join()?;
        add::spawn(s, &mut count, 2)?.join()
    })?;

    assert_eq!(*count.borrow()?, 4, "both have added");
    println!("{}", count.borrow()?);
    Ok(())
}

// Question: what is a scope good for, if there is `call`?
