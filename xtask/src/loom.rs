//! `cargo xtask loom`: the ledger's functions in every order that the memory model allows.

use crate::run::{cargo, root};
use std::path::PathBuf;

/// The tests that loom runs.
pub(crate) const TESTS: &str = "backend::shm::loom::";
/// What makes the words loom's.
pub(crate) const FLAGS: (&str, &str) = ("RUSTFLAGS", "--cfg loom");

pub(crate) fn all() -> Result<(), String> {
    let arguments = arguments()?;
    let mut arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    arguments.extend([TESTS, "--", "--nocapture"]);
    cargo(&arguments, &[FLAGS])
}

/// How its tests are built: beside the others, since the flag changes every crate.
pub(crate) fn arguments() -> Result<Vec<String>, String> {
    let build = ["test", "--release", "--package", "ref-core", "--lib", "--no-default-features"];
    let features = ["--features", "shm,bincode", "--target-dir"];
    let mut arguments = [&build[..], &features[..]].concat().into_iter().map(str::to_owned).collect::<Vec<_>>();
    arguments.push(target()?.join("loom").display().to_string());
    Ok(arguments)
}

/// The folder of what is built.
pub(crate) fn target() -> Result<PathBuf, String> {
    Ok(std::env::var_os("CARGO_TARGET_DIR").map_or(root()?.join("target"), PathBuf::from))
}
