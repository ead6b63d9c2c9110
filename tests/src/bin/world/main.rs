//! The program of a hostile world (`ref_tests::torture::world`): with `SECONDS [PROCESSES [SEED [PARTS]]]` the driver,
//! and with other arguments every other process.

mod caller;

use ref_core::remote;
use ref_tests::torture::world::{
    Part, Place, Violation, World, WorldPlan, copied, drive_parts, keep, prepare, run, use_store, visit,
};
use std::process::ExitCode;
use std::time::Duration;

fn main() -> ExitCode {
    remote::init();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match arguments[..] {
        ["copy"] => of("file", |_| copied()),
        ["drive", processes, seconds, seed] => drive_parts(number(processes) as usize, time(seconds), number(seed)),
        ["keep", place, seed] => of(place, |place| keep(place, number(seed))),
        ["use", place, seed] => of(place, |place| use_store(place, number(seed))),
        ["call", place, seed] => of(place, |place| caller::call(place, number(seed))),
        ["prepare", place, seed] => of(place, |place| prepare(place, number(seed))),
        ["visit", place] => of(place, |place| visit(place).map(|in_transit| println!("{in_transit}"))),
        [seconds, ref rest @ ..] => drive(seconds, rest),
        [] => Err("world SECONDS [PROCESSES [SEED [PARTS]]]".to_owned()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(what) => {
            eprintln!("process {}: {what}", std::process::id());
            ExitCode::from(77)
        }
    }
}

fn number(text: &str) -> u64 {
    text.parse().unwrap_or(1)
}

fn time(seconds: &str) -> Duration {
    Duration::from_secs(number(seconds))
}

/// Runs `act` with the place of that name. A violation that `act` returns is also written to the world's own files.
fn of(place: &str, act: impl FnOnce(Place) -> Result<(), Violation>) -> Result<(), Violation> {
    let place = Place::named(place)?;
    let acted = act(place);
    if let (Err(violation), Ok(world)) = (&acted, World::of_this_process()) {
        world.report(violation);
    }
    acted
}

fn drive(seconds: &str, rest: &[&str]) -> Result<(), String> {
    let at = |nth: usize, usual| rest.get(nth).copied().unwrap_or(usual);
    let seed = std::process::id().to_string();
    let plan = WorldPlan {
        program: std::env::current_exe().map_err(|error| error.to_string())?,
        processes: number(at(0, "10")) as usize,
        time: time(seconds),
        seed: number(at(1, &seed)),
        parts: Part::list(at(2, "all"))?,
        ext4: at(3, "ext4") == "ext4" && rustix::process::geteuid().is_root(),
    };
    println!(
        "{} processes for {:?}, seed {}, {:?}, ext4 {}",
        plan.processes, plan.time, plan.seed, plan.parts, plan.ext4
    );
    let report = run(&plan)?;
    println!("{report}");
    if report.violations.is_empty() { Ok(()) } else { Err("promises were broken, see above".to_owned()) }
}
