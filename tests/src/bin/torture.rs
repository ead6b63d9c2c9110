//! The program of the torture. With `SECONDS [PROCESSES [SEED]]` the program is the driver. With `FOLDER SEED` it is a
//! tortured process, with `FOLDER supply SEED` a process that makes detached objects, and with `FOLDER` the
//! process that recovers what the others have left.

use ref_tests::torture::{Plan, run, supply, visit, work};
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match &arguments[..] {
        [base, seed] if base.starts_with('/') => work(Path::new(base), seed.parse().unwrap_or(1)).map(drop),
        [base, supplier, seed] if base.starts_with('/') && supplier == "supply" => {
            supply(Path::new(base), seed.parse().unwrap_or(1))
        }
        [base] if base.starts_with('/') => visit(Path::new(base)).map(|in_transit| println!("{in_transit}")),
        [seconds, rest @ ..] => drive(seconds, rest),
        [] => Err("torture SECONDS [PROCESSES [SEED]]".to_owned()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(what) => {
            eprintln!("process {}: {what}", std::process::id());
            ExitCode::from(77)
        }
    }
}

fn drive(seconds: &str, rest: &[String]) -> Result<(), String> {
    let number = |nth: usize, usual: u64| rest.get(nth).and_then(|text| text.parse().ok()).unwrap_or(usual);
    let plan = Plan {
        program: std::env::current_exe().map_err(|error| error.to_string())?,
        processes: number(0, 12) as usize,
        time: Duration::from_secs(seconds.parse().map_err(|_| "SECONDS is a number")?),
        deaths: 0,
        seed: number(1, std::process::id().into()),
    };
    println!("{} processes for {:?}, seed {}", plan.processes, plan.time, plan.seed);
    let figures = run(&plan)?;
    println!("no violation, nothing left: {figures:?}");
    Ok(())
}
