//! A program that hangs on purpose: `docs/guide-hanging.md` finds out why.
//! `cargo run --package ref-cli --example hang`, and Ctrl-C when it has been looked at.
#![allow(clippy::zombie_processes, reason = "after an error this process ends, and its child with it")]

use ref_core::{Result, Shared, Store, Ticket};
use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Command, Stdio};
use std::time::Duration;

fn main() -> Result<()> {
    let store = Store::open("shm://lab")?;
    match std::env::args().nth(1) {
        Some(ticket) => read(&store, ticket.parse()?),
        None => lend(&store).map(|sum| println!("the reader has found {sum}")),
    }
}

/// Lends some numbers to another process, and takes them back when that process has added them.
fn lend(store: &Store) -> Result<String> {
    let mut numbers = store.put(vec![7_u32, 9, 4])?;
    let loan = numbers.lend()?;
    let program = std::env::current_exe().expect("the path of this program");
    let mut reader = Command::new(program)
        .arg(loan.ticket()?.to_text())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("a second process");
    let sum = BufReader::new(reader.stdout.take().expect("a pipe")).lines().next().expect("a line").expect("text");
    let _ = loan.end_timeout(Duration::from_secs(3600))?;
    numbers.borrow_mut()?.clear();
    drop(reader.stdin.take()); // so that its input ends
    reader.wait().expect("the end of the second process");
    Ok(sum)
}

/// Adds the numbers, prints the sum, and waits for more.
fn read(store: &Store, ticket: Ticket<Vec<u32>, Shared>) -> Result<()> {
    let lease = store.redeem(ticket)?;
    println!("{}", lease.borrow()?.iter().sum::<u32>());
    std::io::stdin().read_to_end(&mut Vec::new()).expect("a pipe");
    Ok(())
}
