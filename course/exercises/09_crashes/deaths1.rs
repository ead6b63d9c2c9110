// deaths1: a killed borrower has changed nothing.
//
// Fails with: output `nothing was added`
// Rule: I4
//
// This program compiles. The process that has the lease dies before its commit: no destructor runs there,
// and nothing can be sent. The store notices the death, and gives the object back to its owner.
//
//     main    [owns count] lend_mut ........ end: died     (lend it again?)
//     worker               redeem, += 1, X

use ref_core::{Exclusive, LoanEnd, Owned, Result, Store, Ticket, Workers, remote};

#[remote]
fn add(address: &str, line: &str, dies: bool) -> Result<()> {
    let ticket: Ticket<u64, Exclusive> = line.parse()?;
    let mut lease = Store::open(address)?.redeem(ticket)?;
    *lease.borrow_mut()? += 1;
    if dies {
        std::process::abort();
    }
    lease.commit()?;
    Ok(())
}

fn attempt(workers: &Workers, address: &str, count: &mut Owned<u64>, dies: bool) -> Result<LoanEnd> {
    let loan = count.lend_mut()?;
    let called = add::call(workers, address, &loan.ticket()?.to_text(), dies);
    assert_eq!(called.is_err(), dies);
    loan.end()
}

fn main() -> Result<()> {
    remote::init();
    let address = format!("shm://course-{}", std::process::id());
    let store = Store::open(&address)?;
    let workers = Workers::start(1)?;
    let mut count = store.put(1_u64)?;

    // TODO: look at `committed` of the end, an `Option`. If it is `None`, attempt it again with `false`.
    let _end = attempt(&workers, &address, &mut count, true)?;

    assert_eq!(*count.borrow()?, 2, "nothing was added");
    println!("{}", count.borrow()?);
    Ok(())
}

// Question: is it safe to attempt it again without a look at `committed`?
