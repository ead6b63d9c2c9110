//! Two programs that were started by hand, and know nothing of each other but a line of text.
//!
//! ```console
//! Terminal 1                                     Terminal 2
//! $ cargo run --example two_terminals
//! in the other terminal:
//!   cargo run --example two_terminals -- ref-exclusive-...
//! then press Enter
//!                                                $ cargo run --example two_terminals -- ref-exclusive-...
//!                                                read 3 lines; a fourth is committed as version 2
//! it came back: given back, with version 2 committed
//! 4 lines
//! ```
//!
//! A ticket travels as any text does: by pipe, by socket, by mail. For exclusive access and ownership it is a secret, so
//! beware of command lines that others can list; this one is for show.

use ref_core::{Exclusive, Store, Ticket, global_store};
use std::error::Error;
use std::io::stdin;

const STORE: &str = "shm://two-terminals";

#[global_store]
struct Poem {
    lines: Vec<String>,
}

fn main() -> Result<(), Box<dyn Error>> {
    match std::env::args().nth(1) {
        None => lend(),
        Some(line) => borrow(&line),
    }
}

/// Terminal 1: owns the poem, and lends it out.
fn lend() -> Result<(), Box<dyn Error>> {
    let store = Store::open(STORE)?;
    let lines = ["one owner", "many who read", "or one who writes"];
    let mut poem = store.put(Poem { lines: lines.map(str::to_owned).to_vec() })?;

    let loan = poem.lend_mut()?; // `poem` is out of reach here until the loan ends
    println!("in the other terminal:\n  cargo run --example two_terminals -- {}", loan.ticket()?.to_text());
    println!("then press Enter");
    stdin().read_line(&mut String::new())?;
    println!("it came back: {}", loan.end()?);
    println!("{} lines", poem.borrow()?.lines.len());
    Ok(())
}

/// Terminal 2: has a line of text.
fn borrow(line: &str) -> Result<(), Box<dyn Error>> {
    let store = Store::open(STORE)?;
    let mut poem = store.redeem(line.parse::<Ticket<Poem, Exclusive>>()?)?;
    let read = poem.borrow()?.lines.len();
    poem.borrow_mut()?.lines.push("in whichever process".into());
    println!("read {read} lines; a fourth is committed as version {}", poem.commit()?.get());
    Ok(())
}
