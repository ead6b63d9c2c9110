//! `cargo xtask model`: searches each of the larger scenes up to a number of states, and prints how many states the
//! search visited. Ends at the first invariant that does not hold, with the path to the state.

use ref_model::protocol::Found;
use ref_model::{requests, scenes};
use std::process::ExitCode;
use std::time::Instant;

fn main() -> ExitCode {
    let Some(steps) = std::env::args().nth(1).and_then(|steps| steps.parse().ok()) else {
        eprintln!("ref-model STEPS");
        return ExitCode::from(2);
    };
    let ledger = scenes::far().into_iter().map(|(name, protocol)| (name, run(name, || protocol.search(steps))));
    let far = requests::scenes::far().into_iter();
    let server = far.map(|(name, requests)| (name, run(name, || requests.search(steps.div_ceil(REQUESTS)))));
    let mut states = 0;
    for (name, found) in ledger.chain(server) {
        states += found.states;
        if let Some((sentence, path)) = found.broken {
            println!("{name}: {sentence}\n{path}");
            return ExitCode::FAILURE;
        }
    }
    println!("{:<30}{states:>12} states", "in all");
    ExitCode::SUCCESS
}

/// The searches of requests are shorter by this factor: a state of theirs takes more memory than one of the ledger.
const REQUESTS: usize = 4;

fn run(name: &str, search: impl FnOnce() -> Found) -> Found {
    let since = Instant::now();
    let found = search();
    println!("{name:<30}{:>12} states in {:>6.1} s", found.states, since.elapsed().as_secs_f64());
    found
}
