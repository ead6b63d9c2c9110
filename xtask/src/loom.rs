//! `cargo xtask loom`: runs the ledger's functions in every order that the memory model allows.

use crate::run::{Beside, beside, cargo, root};
use std::path::PathBuf;

/// The tests that loom runs.
pub(crate) const TESTS: &str = "backend::shm::loom::";
/// The flag with which the ledger's words are types of loom.
pub(crate) const FLAGS: (&str, &str) = ("RUSTFLAGS", "--cfg loom");

pub(crate) fn all() -> Result<(), String> {
    let arguments = tests()?;
    cargo(&arguments.iter().map(String::as_str).collect::<Vec<_>>(), &[FLAGS])
}

/// Starts the same tests, to run beside the steps that follow. They are built in another folder, so neither build waits
/// for the other.
pub(crate) fn beside_others() -> Result<Beside, String> {
    let arguments = tests()?;
    beside(&arguments.iter().map(String::as_str).collect::<Vec<_>>(), &[FLAGS])
}

fn tests() -> Result<Vec<String>, String> {
    let mut arguments = arguments()?;
    arguments.extend([TESTS, "--", "--nocapture"].map(str::to_owned));
    Ok(arguments)
}

/// Returns cargo's arguments for these tests. They have their own target folder, since the flag changes every crate.
pub(crate) fn arguments() -> Result<Vec<String>, String> {
    let build = ["test", "--release", "--package", "ref-core", "--lib", "--no-default-features"];
    let features = ["--features", "shm,bincode", "--target-dir"];
    let mut arguments = [&build[..], &features[..]].concat().into_iter().map(str::to_owned).collect::<Vec<_>>();
    arguments.push(target()?.join("loom").display().to_string());
    Ok(arguments)
}

/// Returns cargo's target folder.
pub(crate) fn target() -> Result<PathBuf, String> {
    Ok(std::env::var_os("CARGO_TARGET_DIR").map_or(root()?.join("target"), PathBuf::from))
}
