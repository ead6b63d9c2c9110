// leases1: a reader does not write.
//
// Rule: R13
//
// `Ticket<T, Shared>` says in its type that it is for reading. The lease is then for reading too: it has
// `borrow`, and no `borrow_mut`. The function needs the list in order, to find the one in the middle.
//
// The message names `lend_mut` as well. That is for a worker that is meant to change the list. This one is
// not.

use ref_core::{Result, Shared, Store, Ticket, Workers, remote};

#[remote]
fn middle(address: &str, line: &str) -> Result<u64> {
    let ticket: Ticket<Vec<u64>, Shared> = line.parse()?;
    let lease = Store::open(address)?.redeem(ticket)?;
    let mut list = lease.borrow()?.clone();
    list.sort();
    Ok(list[list.len() / 2])
}

fn main() -> Result<()> {
    remote::init();
    let address = format!("shm://course-{}", std::process::id());
    let store = Store::open(&address)?;
    let workers = Workers::start(1)?;
    let numbers = store.put(vec![9_u64, 1, 5])?;

    let loan = numbers.lend()?;
    let found = middle::call(&workers, &address, &loan.ticket()?.to_text())??;
    assert_eq!(*numbers.borrow()?, [9, 1, 5], "the owner reads while the loan lives");
    let _ = loan.end()?;

    assert_eq!(found, 5, "five is in the middle");
    println!("{found}");
    Ok(())
}

// Question: the worker has a copy of the bytes anyway. Why is it not allowed to change that copy?
// Answer: it would look like a change of the object, and the object would not change. No other process
// would see it, and no error would say so. A copy that is yours has another type: a `Vec`.
