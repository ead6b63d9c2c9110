// leases2: a change counts when it is committed.
//
// Fails with: output `the change is lost`
// Rule: R21
//
// This program compiles. `lend_mut` lends the object to one borrower, which may change it.

use ref_core::{Exclusive, Result, Store, Ticket, Workers, remote};

#[remote]
fn add(address: &str, line: &str) -> Result<()> {
    let ticket: Ticket<u64, Exclusive> = line.parse()?;
    let mut lease = Store::open(address)?.redeem(ticket)?;
    *lease.borrow_mut()? += 1;
    // TODO: commit the change.
    Ok(())
}

fn main() -> Result<()> {
    remote::init();
    let address = format!("shm://course-{}", std::process::id());
    let store = Store::open(&address)?;
    let workers = Workers::start(1)?;
    let mut count = store.put(1_u64)?;

    let loan = count.lend_mut()?;
    add::call(&workers, &address, &loan.ticket()?.to_text())??;
    let end = loan.end()?;

    assert_eq!(*count.borrow()?, 2, "the change is lost");
    assert!(end.committed.is_some());
    println!("{}", count.borrow()?);
    Ok(())
}

// Question: why does the end of a lease not write by itself?
