//! A light process that opens a store, redeems one ticket, prints the number that it read, and keeps the lease until
//! its input ends. If a call fails, the process prints the error instead.
//!
//! Many such processes share one input and one output: a thousand of them need only two pipes.

use ref_core::{Error, Lease, Shared, Store, Ticket};
use ref_tests::Note;
use std::io::{Read as _, Write as _, stdin, stdout};

fn main() {
    let mut arguments = std::env::args().skip(1);
    let (address, ticket) = (arguments.next().expect("an address"), arguments.next().expect("a ticket"));
    let attached = attach(&address, &ticket);
    let line = match &attached {
        Ok((_, n)) => format!("ok {n}\n"),
        Err(error) => format!("err {:?} {error}\n", error.kind()),
    };
    // The line is written by one call, so that the lines of several processes do not mix.
    stdout().write_all(line.as_bytes()).and_then(|()| stdout().flush()).expect("the starter reads the output");
    stdin().read_to_end(&mut Vec::new()).expect("its input is readable");
}

fn attach(address: &str, ticket: &str) -> Result<(Lease<Note, Shared>, u64), Error> {
    let store = Store::open(address)?;
    let lease = store.redeem(ticket.parse::<Ticket<Note, Shared>>()?)?;
    let n = lease.borrow()?.n;
    Ok((lease, n))
}
