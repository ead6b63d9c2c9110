//! Cleans stores up by hand: recovers what dead sessions held, and removes objects that were sent and not claimed in
//! time.
//!
//! This is rarely needed, since each process that opens a store, waits or needs room does the same. The example shows
//! what is in a store, and cleans a store that no process opens any more. Without an address it opens the store
//! `shm://clean-example`.
//!
//! ```console
//! $ cargo run --example clean
//! shm://clean-example: nothing is left to recover; sessions: 1, objects: 0, bytes: 0
//! ```
//!
//! `cargo run --example clean -- shm://NAME file:PATH`

use ref_core::{Result, Store};
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut addresses: Vec<String> = std::env::args().skip(1).collect();
    if addresses.is_empty() {
        addresses.push("shm://clean-example".to_owned());
    }
    let failed = addresses.iter().filter(|address| match clean(address) {
        Ok(said) => {
            println!("{address}: {said}");
            false
        }
        // The message of an `Error` also says what to do about the error.
        Err(error) => {
            eprintln!("{address}: {error}");
            true
        }
    });
    if failed.count() == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Opens the store and recovers what dead sessions held. Returns a line about what was recovered and what is in the
/// store.
///
/// The opening of a store recovers as well, and often leaves nothing to reap. If no other process uses the store, and
/// no object in the store is detached or in transit, the store is removed when this session ends.
fn clean(address: &str) -> Result<String> {
    let store = Store::open(address)?;
    let recovered = match store.reap()? {
        0 => "nothing is left to recover".to_owned(),
        1 => "1 dead session or unclaimed object was recovered".to_owned(),
        many => format!("{many} dead sessions and unclaimed objects were recovered"),
    };
    let has = store.stats()?;
    Ok(format!("{recovered}; sessions: {}, objects: {}, bytes: {}", has.sessions, has.objects, has.bytes))
}
