//! Tortures a store for at least twenty seconds, and until 500 processes were killed. `cargo xtask torture --secs N`
//! tortures for longer.

use ref_tests::torture::{Plan, run};
use std::path::Path;
use std::time::Duration;

#[test]
fn twelve_processes_killed_at_random_break_no_promise_and_leave_nothing() {
    let test = std::env::current_exe().unwrap();
    let program = test.parent().and_then(Path::parent).unwrap().join("torture");
    let (time, seed) = (Duration::from_secs(20), std::process::id().into());
    let plan = Plan { program, processes: 12, time, deaths: 500, seed };
    let figures = run(&plan).unwrap_or_else(|violation| panic!("seed {}: {violation}", plan.seed));
    println!("{figures:?}");
}
