//! `cargo xtask loom`: runs the ledger's functions in every order that loom explores, up to a number of preemptions,
//! and the tests of the ledger's model. Loom's README says which orders of the memory model loom leaves out.

use crate::run::{cargo, root};
use std::path::PathBuf;

/// The tests that loom runs.
pub(crate) const TESTS: &str = "backend::shm::loom::";
/// Tests that have nothing to do with loom. They run here because they take five times as long in a build that is not
/// optimized.
pub(crate) const MODEL: &str = "ledger::model::";
/// The flag with which the ledger's words are types of loom.
pub(crate) const FLAGS: (&str, &str) = ("RUSTFLAGS", "--cfg loom");

/// Runs loom's tests, and those of the ledger's model.
pub(crate) fn all() -> Result<(), String> {
    let mut arguments = arguments()?;
    arguments.extend(["--", TESTS, MODEL, "--nocapture"].map(str::to_owned));
    cargo(&arguments.iter().map(String::as_str).collect::<Vec<_>>(), &[FLAGS])
}

/// Returns cargo's arguments for a test build with loom. The build has its own target folder, since
/// the flag changes every crate.
pub(crate) fn arguments() -> Result<Vec<String>, String> {
    let build = ["test", "--profile", "loom", "--package", "ref-core", "--lib", "--no-default-features"];
    let features = ["--features", "shm,bincode", "--target-dir"];
    let mut arguments = [&build[..], &features[..]].concat().into_iter().map(str::to_owned).collect::<Vec<_>>();
    arguments.push(target()?.join("loom").display().to_string());
    Ok(arguments)
}

/// Returns cargo's target folder.
pub(crate) fn target() -> Result<PathBuf, String> {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(folder) => Ok(PathBuf::from(folder)),
        None => Ok(root()?.join("target")),
    }
}
