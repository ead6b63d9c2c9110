//! A minute of torture; `cargo xtask torture --secs N` makes it longer.

use ref_tests::torture::{Plan, run};
use std::path::Path;
use std::time::Duration;

#[test]
fn twelve_processes_killed_at_random_break_no_promise_and_leave_nothing() {
    let test = std::env::current_exe().unwrap();
    let program = test.parent().and_then(Path::parent).unwrap().join("torture");
    let plan = Plan { program, processes: 12, time: Duration::from_secs(60), seed: std::process::id().into() };
    let figures = run(&plan).unwrap_or_else(|violation| panic!("seed {}: {violation}", plan.seed));
    println!("{figures:?}");
    assert!(figures.killed >= 500, "too few deaths to mean anything: {figures:?}");
}
