//! A storm on a Redis server: processes change counters over bad connections, and are stopped and killed. `cargo xtask
//! redis storm [--secs N] [--seed N]` runs this program.
//!
//! With `SECONDS [SEED]` the program is the driver. With `work ADDRESS SEED mortal|steady KEY...` it is a process that
//! changes counters, and that reports each change to the driver.
//!
//! A report is a line. `begin N` says that a change of counter N begins. The next report for the counter says how the
//! change ended. `done N` says that the store has acknowledged the change, `none N` that the change has no effect, and
//! `unknown N` that the process has given up the change without an answer. `over N` says that the process is done with
//! the ticket for the counter N.

mod driver;
mod worker;

use ref_core::{Error, ErrorKind, Refused, StoreOptions};
use std::process::ExitCode;
use std::time::Duration;

/// What was wrong.
type Violation = String;

/// How long a session lives without a renewal, in milliseconds.
const LEASE: u64 = 10_000;

/// The exit code of a worker whose session was lost.
const LOST: u8 = 3;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match arguments[..] {
        ["work", address, seed, mortality, ref keys @ ..] => {
            return worker::work(address, number(seed), mortality == "mortal", keys);
        }
        [seconds] => driver::drive(number(seconds), std::process::id().into()),
        [seconds, seed] => driver::drive(number(seconds), number(seed)),
        _ => Err("storm SECONDS [SEED]".to_owned()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(violation) => {
            eprintln!("storm: {violation}");
            ExitCode::FAILURE
        }
    }
}

/// Returns the settings of every session. What a dead session owned is removed after two seconds, so that no key is
/// left at the end.
fn options() -> StoreOptions {
    StoreOptions::new()
        .session_timeout(Duration::from_millis(LEASE))
        .keep_orphans_for(Duration::from_secs(2))
        .server_timeout(Duration::from_millis(400))
}

fn number(text: &str) -> u64 {
    text.parse().unwrap_or(1)
}

/// Returns whether the failed call got no answer, so that it may be made again.
fn is_unanswered(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Indeterminate | ErrorKind::Unreachable)
}

/// Repeats a call until it is answered, and returns the answer.
fn sure<T>(mut ask: impl FnMut() -> Result<T, Error>) -> Result<T, Error> {
    loop {
        match ask() {
            Err(error) if is_unanswered(&error) => {}
            answer => return answer,
        }
    }
}

/// Does what [`sure`] does, for a call that takes a handle and gives it back with its error.
fn surely<H, T>(mut handle: H, mut ask: impl FnMut(H) -> Result<T, Refused<H>>) -> Result<T, Refused<H>> {
    loop {
        match ask(handle) {
            Err(refused) if is_unanswered(&refused.error) => handle = refused.handle,
            answer => return answer,
        }
    }
}

/// Random numbers (xorshift64*).
struct Dice(u64);

impl Dice {
    fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % end
    }
}
