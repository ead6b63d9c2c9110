// tickets1: an owner goes to one process.
//
// Fails with: output `AlreadyRedeemed`
// Rule: R10
//
// Now there are several processes. A function with `#[remote]` runs in another process, a worker:
// `sign::call(&workers, ..)` sends the arguments there, and waits for the result.
//
// An owner cannot be sent as it is. `letter.into_ticket()?` takes it, and returns a ticket. `to_text()` makes
// one line of text of the ticket. In the other process `store.claim(ticket)?` makes an owner of it again,
// once. The compiler does not see that a text is used twice. The store sees it.
//
// `sign::call(..)??` has two `?`. The first: did the call reach the worker? The second: did `sign` itself
// return `Ok`? And `shm://` is a store that other processes of this computer can open.
//
//     main     [owns letter] --into_ticket--> "line"
//     worker                                  "line" --claim--> [owns letter] --> back to main

use ref_core::{Owned, Ownership, Result, Store, Ticket, Workers, remote};

#[remote]
fn sign(address: &str, line: &str) -> Result<Owned<String>> {
    let store = Store::open(address)?; // the same store, in another process
    let ticket: Ticket<String, Ownership> = line.parse()?;
    let mut letter = store.claim(ticket)?;
    letter.borrow_mut()?.push_str(", yours");
    Ok(letter) // goes back, by another ticket that you do not see
}

fn main() -> Result<()> {
    remote::init(); // a worker is this program, started again: it goes no further than this line
    let address = format!("shm://course-{}", std::process::id()); // shared memory of this computer
    let store = Store::open(&address)?;
    let workers = Workers::start(1)?; // one worker process

    let letter = store.put(String::from("dear friend"))?;
    // TODO: each of the two calls needs a letter of its own.
    let line = letter.into_ticket()?.to_text();
    let first = sign::call(&workers, &address, &line)??;
    let second = sign::call(&workers, &address, &line)??;

    assert_ne!(first.id(), second.id(), "there are two letters");
    println!("{}; {}", first.borrow()?, second.borrow()?);
    Ok(())
}

// Question: which part of this rule does the compiler check, and which part the store?
