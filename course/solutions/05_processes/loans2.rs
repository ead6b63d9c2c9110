// loans2: a ticket is good for as long as its loan lives.
//
// Rule: I8
//
// This program compiles. A ticket borrows nothing, since it has to travel to another process. So the
// compiler does not see that the loan has ended before the ticket is used. The store sees it, and refuses.

use ref_core::{Result, Shared, Store, Ticket, Workers, remote};

#[remote]
fn read(address: &str, line: &str) -> Result<u64> {
    let ticket: Ticket<u64, Shared> = line.parse()?;
    let lease = Store::open(address)?.redeem(ticket)?;
    let count = *lease.borrow()?;
    Ok(count)
}

fn main() -> Result<()> {
    remote::init();
    let address = format!("shm://course-{}", std::process::id());
    let store = Store::open(&address)?;
    let workers = Workers::start(1)?;
    let count = store.put(1_u64)?;

    let loan = count.lend()?;
    let line = loan.ticket()?.to_text();
    let seen = read::call(&workers, &address, &line)??;
    let _ = loan.end()?;

    assert_eq!(seen, 1, "the worker has read the count");
    println!("{seen}");
    Ok(())
}

// Question: what would a reader see if a ticket outlived its loan?
// Answer: an object that its owner may be changing, or has removed. The owner cannot wait for a reader that
// it does not know of. So the end of a loan closes it to new readers.
