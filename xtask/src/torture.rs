//! `cargo xtask torture [--secs N] [--processes N] [--seed N]`: kills processes at random, for as long as you like.

use crate::run::cargo;

pub(crate) fn all(arguments: &[String]) -> Result<(), String> {
    let value = |name: &str, usual: &str| {
        let after = arguments.iter().skip_while(|argument| *argument != name).nth(1);
        after.cloned().unwrap_or_else(|| usual.to_owned())
    };
    let (seconds, processes, seed) = (value("--secs", "60"), value("--processes", "12"), value("--seed", "1"));
    // A debug build: the others have no crash points.
    cargo(&["run", "--package", "ref-tests", "--bin", "torture", "--", &seconds, &processes, &seed], &[])
}
