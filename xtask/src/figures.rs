//! `cargo xtask sweep|latency|turns|cycles|opens`: figures for `docs/evidence.md`.

use crate::run::{cargo, option};

/// Measures what many objects cost, a million by default.
pub(crate) fn sweep(arguments: &[String]) -> Result<(), String> {
    run("sweep", &[&option(arguments, "--objects", "1000000")])
}

/// Measures how long a killed borrower delays other processes.
pub(crate) fn latency(arguments: &[String]) -> Result<(), String> {
    run("latency", &[&option(arguments, "--kills", "300")])
}

/// Measures how long the writers of one name wait for their turns, in a store on tmpfs or at an address.
pub(crate) fn turns(arguments: &[String]) -> Result<(), String> {
    let (turns, processes) = (option(arguments, "--turns", "10000"), option(arguments, "--processes", "8"));
    let at = option(arguments, "--at", "");
    let at = (!at.is_empty()).then_some(&*at);
    run("turns", &[&[&*turns, &*processes][..], at.as_slice()].concat())
}

/// Measures what is left after many cycles of objects, a million by default, and fails if anything is left.
pub(crate) fn cycles(arguments: &[String]) -> Result<(), String> {
    run("cycles", &[&option(arguments, "--cycles", "1000000")])
}

/// Counts how often opening a store fails, while other processes open, leave and make the same store.
pub(crate) fn opens(arguments: &[String]) -> Result<(), String> {
    let (opens, rounds) = (option(arguments, "--opens", "1000000"), option(arguments, "--rounds", "2000"));
    run("opens", &[&opens, &rounds])
}

fn run(program: &str, arguments: &[&str]) -> Result<(), String> {
    let front = ["run", "--release", "--package", "ref-tests", "--all-features", "--bin", program, "--"];
    cargo(&[&front[..], arguments].concat(), &[])
}
