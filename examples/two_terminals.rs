//! Lends a shopping list to a process in another terminal, on this host or another one.
//!
//! ```console
//! $ cargo run --example two_terminals
//! the lender owns: bread
//! the borrower has added: milk
//! the lender got it back, with token 3: bread, milk
//! ```
//!
//! Without an address, lender and borrower are in this process. With an address, this process is the lender, and prints
//! a ticket:
//!
//! `cargo run --features redis --example two_terminals redis://127.0.0.1/`
//!
//! Start the borrower in another terminal, and paste the ticket into its input. Then press Enter in the lender's
//! terminal.
//!
//! `cargo run --features redis --example two_terminals redis://127.0.0.1/ borrow`

use ref_core::{Exclusive, Store, Ticket, global_store};
use std::error::Error;
use std::io::stdin;

#[global_store]
struct List {
    items: Vec<String>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    match (arguments.next(), arguments.next().as_deref()) {
        (None, _) => lend("memory:two_terminals", |ticket| borrow("memory:two_terminals", ticket)),
        (Some(address), None) => lend(&address, |ticket| {
            println!("{ticket}");
            stdin().lines().next().ok_or("the input was closed before the borrower was done")??;
            Ok(())
        }),
        (Some(address), Some("borrow")) => borrow(&address, stdin().lines().next().ok_or("no ticket")??.trim()),
        (Some(_), Some(other)) => Err(format!("this example knows `borrow`, and not `{other}`").into()),
    }
}

/// Puts the list into the store at `address`, and lends it to the process that gets the ticket from `pass_on`.
fn lend(address: &str, pass_on: impl FnOnce(&str) -> Result<(), Box<dyn Error>>) -> Result<(), Box<dyn Error>> {
    let store = Store::open(address)?;
    let mut list = store.put(List { items: vec!["bread".to_owned()] })?;
    println!("the lender owns: {}", list.borrow()?.items.join(", "));
    let loan = list.lend_mut()?; // `list` cannot be used here until the loan has ended
    pass_on(&loan.ticket()?.to_text())?;
    let ended = loan.end()?; // waits for the borrower
    let token = ended.committed.ok_or("the borrower has changed nothing")?;
    println!("the lender got it back, with token {}: {}", token.get(), list.borrow()?.items.join(", "));
    Ok(())
}

/// Redeems the ticket, and adds to the list.
fn borrow(address: &str, ticket: &str) -> Result<(), Box<dyn Error>> {
    let store = Store::open(address)?;
    let mut lease = store.redeem(ticket.parse::<Ticket<List, Exclusive>>()?)?;
    lease.borrow_mut()?.items.push("milk".to_owned());
    lease.commit()?;
    println!("the borrower has added: milk");
    Ok(())
}
