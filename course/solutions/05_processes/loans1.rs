// loans1: what is lent to another process is not changed.
//
// Rule: R04
//
// `lend` lets other processes read the object. It returns a `Loan` to the owner. A reader redeems a ticket
// of the loan, and gets a `Lease`. The compiler sees no reader in another process. It sees the `Loan`: the
// owner counts as borrowed until `loan.end()?`, or on an early return until the `}` at which the message
// points.
//
//     main     lend [loan ............................] end
//     worker              redeem [lease ......]

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
    let mut count = store.put(1_u64)?;

    let loan = count.lend()?;
    let seen = read::call(&workers, &address, &loan.ticket()?.to_text())??;
    let _ = loan.end()?; // waits for the readers; `let _`, since how the loan ended does not matter here
    *count.borrow_mut()? += 1;

    assert_eq!((seen, *count.borrow()?), (1, 2), "the reader came before the change");
    println!("{seen}, then {}", count.borrow()?);
    Ok(())
}

// Question: the worker has returned before the change. Why does the compiler still refuse it?
// Answer: the ticket was a text. The worker could have given it to a third process, which reads it now.
// Only the end of the loan says that no process does.
