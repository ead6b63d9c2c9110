// leases1: a reader does not write.
//
// Fails with: E0277
// Rule: R13
//
// `Ticket<T, Shared>` says in its type that it is for reading. So does the lease that it is redeemed to.
// This function needs the list in order, to find the one in the middle.

use ref_core::{Result, Shared, Store, Ticket, Workers, remote};

#[remote]
fn middle(address: &str, line: &str) -> Result<u64> {
    let ticket: Ticket<Vec<u64>, Shared> = line.parse()?;
    let mut lease = Store::open(address)?.redeem(ticket)?;
    // TODO: sort a copy, and leave the list in the store as it is.
    let mut list = lease.borrow_mut()?;
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
    let _ = loan.end()?;

    assert_eq!(found, 5, "five is in the middle");
    assert_eq!(*numbers.borrow()?, [9, 1, 5], "the list is as it was");
    println!("{found}");
    Ok(())
}

// Question: the worker has a copy of the bytes anyway. Why is it not allowed to change that copy?
