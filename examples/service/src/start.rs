//! Starts three servers and an indexer, and starts each of them again when it ends.

use crate::shop::Shop;
use anyhow::{Context as _, Result};
use std::io::Read as _;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

pub const SERVERS: [&str; 3] = ["one", "two", "three"];

/// How often the indexer makes a new version.
const PERIOD: Duration = Duration::from_millis(100);

/// Runs until this process ends. Its children end then too, since each reads its standard input to the end.
pub fn all(address: &str) -> Result<()> {
    // Servers find an index from their first request on.
    Shop::open(address)?.renew_index()?;
    std::thread::scope(|threads| {
        for name in SERVERS {
            threads.spawn(move || again_and_again(&["server", address, name]));
        }
        threads.spawn(move || again_and_again(&["indexer", address]));
    });
    Ok(())
}

fn again_and_again(arguments: &[&str]) {
    loop {
        let ended = child(arguments).and_then(|mut child| {
            // `wait` would close the child's input, and the child would end.
            let _open = child.stdin.take();
            Ok(child.wait()?)
        });
        eprintln!("{arguments:?}: {ended:?}; it is started again");
    }
}

/// Starts this program with other arguments.
pub fn child(arguments: &[&str]) -> Result<Child> {
    let program = std::env::current_exe().context("this program has no file")?;
    Ok(Command::new(program).args(arguments).stdin(Stdio::piped()).spawn()?)
}

/// Makes this process end when its parent does, which has the other end of the standard input.
pub fn end_with_parent() {
    std::thread::spawn(|| {
        let _ended = std::io::stdin().read_to_end(&mut Vec::new());
        std::process::exit(0);
    });
}

/// The indexer: makes a new index again and again. If it is killed, the newest index stays, and its successor goes on.
pub fn indexer(address: &str) -> Result<()> {
    let mut shop = Shop::open(address)?;
    shop.announce("indexer", 0)?;
    loop {
        shop.renew_index()?;
        std::thread::sleep(PERIOD);
    }
}
