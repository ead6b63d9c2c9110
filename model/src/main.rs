//! `cargo xtask model`: searches each of the larger scenes up to a number of states, and prints how many states the
//! search visited. Ends at the first invariant that does not hold, with the path to the state.

use ref_model::scenes;
use std::process::ExitCode;
use std::time::Instant;

fn main() -> ExitCode {
    let Some(steps) = std::env::args().nth(1).and_then(|steps| steps.parse().ok()) else {
        eprintln!("ref-model STEPS");
        return ExitCode::from(2);
    };
    let mut states = 0;
    for (name, protocol) in scenes::far() {
        let since = Instant::now();
        let found = protocol.search(steps);
        states += found.states;
        println!("{name:<30}{:>12} states in {:>6.1} s", found.states, since.elapsed().as_secs_f64());
        if let Some((sentence, path)) = found.broken {
            println!("{sentence}\n{path}");
            return ExitCode::FAILURE;
        }
    }
    println!("{:<30}{states:>12} states", "in all");
    ExitCode::SUCCESS
}
