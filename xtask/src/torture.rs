//! `cargo xtask torture [--world [--parts NAMES]] [--secs N] [--processes N] [--seed N]`: kills processes at random,
//! for N seconds. With `--world`, the command also disturbs the stores in other ways.

use crate::run::{cargo, option};

pub(crate) fn all(arguments: &[String]) -> Result<(), String> {
    let world = arguments.iter().any(|argument| argument == "--world");
    let (program, usual) = if world { ("world", "10") } else { ("torture", "12") };
    let (seconds, processes) = (option(arguments, "--secs", "60"), option(arguments, "--processes", usual));
    let (seed, parts) = (option(arguments, "--seed", "1"), option(arguments, "--parts", "all"));
    // The program is a debug build, since other builds have no crash points.
    let mut run = vec!["run", "--package", "ref-tests", "--bin", program, "--", &seconds, &processes, &seed];
    if world {
        run.push(&parts);
    }
    cargo(&run, &[])
}
