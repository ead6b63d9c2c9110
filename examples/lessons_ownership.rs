//! Ownership: an object has one owner at a time. A move changes the owner, between processes as between variables.
//!
//! ```console
//! $ cargo run --example lessons_ownership
//! parent: I own "dear friend"
//! child: I own it now, and add a line
//! parent: it came back as "dear friend, yours"
//! parent: and the first ticket? AlreadyRedeemed
//! ```

use ref_core::{Ownership, Store, Ticket};
use std::error::Error;
use std::process::Command;

const STORE: &str = "shm://lessons-ownership";

fn main() -> Result<(), Box<dyn Error>> {
    let store = Store::open(STORE)?;
    match std::env::var("TICKET") {
        Ok(ticket) => child(&store, &ticket),
        Err(_) => parent(&store),
    }
}

fn parent(store: &Store) -> Result<(), Box<dyn Error>> {
    let letter = store.put(String::from("dear friend"))?;
    println!("parent: I own {:?}", letter.borrow()?);

    // This moves `letter`. To use `letter` again would be E0382, "borrow of moved value".
    let ticket = letter.into_ticket()?.to_text();

    // A ticket is a secret, so it is passed in the environment or by a pipe, and not on the command line.
    let output = Command::new(std::env::current_exe()?).env("TICKET", &ticket).output()?;
    let answer = String::from_utf8(output.stdout)?;
    let (said, back) = answer.trim_end().split_once('\n').ok_or("the child said nothing")?;
    println!("{said}");

    // The child has moved the letter back by a second ticket.
    let letter = store.claim(back.parse::<Ticket<String, Ownership>>()?)?;
    println!("parent: it came back as {:?}", letter.borrow()?);

    // An ownership ticket can be claimed once. No compiler can see that this text was used already, so the ledger
    // refuses the second claim.
    let again = store.claim(ticket.parse::<Ticket<String, Ownership>>()?);
    println!("parent: and the first ticket? {:?}", again.err().ok_or("two owners")?.kind());
    Ok(())
} // `letter` is dropped, and the object leaves the store

fn child(store: &Store, ticket: &str) -> Result<(), Box<dyn Error>> {
    let mut letter = store.claim(ticket.parse::<Ticket<String, Ownership>>()?)?;
    println!("child: I own it now, and add a line");
    letter.borrow_mut()?.push_str(", yours");
    println!("{}", letter.into_ticket()?.to_text()); // writes the change, and moves the object
    Ok(())
}
