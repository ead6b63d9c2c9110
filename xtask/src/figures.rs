//! `cargo xtask sweep|latency|cycles`: figures for `docs/evidence.md`.

use crate::run::{cargo, option};

/// What a million objects cost.
pub(crate) fn sweep(arguments: &[String]) -> Result<(), String> {
    run("sweep", &option(arguments, "--objects", "1000000"))
}

/// How long a killed borrower is in the way.
pub(crate) fn latency(arguments: &[String]) -> Result<(), String> {
    run("latency", &option(arguments, "--kills", "300"))
}

/// What is left of a million objects that came and went.
pub(crate) fn cycles(arguments: &[String]) -> Result<(), String> {
    run("cycles", &option(arguments, "--cycles", "1000000"))
}

fn run(program: &str, argument: &str) -> Result<(), String> {
    cargo(&["run", "--release", "--package", "ref-tests", "--bin", program, "--", argument], &[])
}
