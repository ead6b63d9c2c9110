//! Cleans a store up by hand: gives back what dead processes held, and drops what was sent and not claimed in time.
//!
//! Nobody needs to: whoever opens the store, waits or needs room does the same. This is for looking, and for a store
//! that nobody opens any more. Name the store that you mean; without a name it cleans one of its own.
//!
//! ```console
//! $ cargo run --example clean
//! shm://clean-example: nothing to recover
//! ```
//!
//! `cargo run --example clean -- shm://NAME`

use ref_core::{ErrorKind, Result, Store};
use std::process::ExitCode;

fn main() -> ExitCode {
    let named: Vec<String> = std::env::args().skip(1).collect();
    let addresses = if named.is_empty() { vec!["shm://clean-example".to_owned()] } else { named };
    let failed = addresses.iter().filter(|address| !cleaned(address)).count();
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Cleans the store at `address`, says what was recovered, and whether that went well.
fn cleaned(address: &str) -> bool {
    match clean(address) {
        Ok(0) => println!("{address}: nothing to recover"),
        Ok(1) => println!("{address}: recovered one dead process or unclaimed object"),
        Ok(many) => println!("{address}: recovered {many} dead processes and unclaimed objects"),
        Err(error) => {
            eprintln!("{address}: {error}");
            // The rest of the kinds name their remedy themselves.
            if error.kind() == ErrorKind::NoSlot {
                eprintln!("every slot has a live process: end one of them first");
            }
            return false;
        }
    }
    true
}

/// Opens the store and recovers what the dead left. The store itself goes with its last session, which this may be.
fn clean(address: &str) -> Result<usize> {
    Store::open(address)?.reap()
}
