//! `cargo xtask torture [--secs N] [--processes N] [--seed N]`: kills processes at random, for as long as you like.

use crate::run::{cargo, option};

pub(crate) fn all(arguments: &[String]) -> Result<(), String> {
    let (seconds, processes, seed) =
        (option(arguments, "--secs", "60"), option(arguments, "--processes", "12"), option(arguments, "--seed", "1"));
    // A debug build: the others have no crash points.
    cargo(&["run", "--package", "ref-tests", "--bin", "torture", "--", &seconds, &processes, &seed], &[])
}
