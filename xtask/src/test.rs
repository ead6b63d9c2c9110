//! `cargo xtask test`: everything that must hold.

use crate::run::{cargo, together};
use crate::{features, loom, mutants};

/// The crates whose tests share one build. The UI tests have another build: they use the library with the few features
/// that their cases need.
const MOST: [&str; 4] = ["--workspace", "--exclude", "ref-ui-tests", "--all-features"];

/// Runs everything that must hold. A wrong format or a lint ends the run, since it is mended in a minute. Tests take
/// long, so all of them run, even after one that fails, and the failures are reported together.
pub(crate) fn all() -> Result<(), String> {
    crate::redis::provide()?;
    lints()?;
    // Many tests wait for processes and servers. The tests under loom only compute, and use the processors that are
    // idle meanwhile.
    let loom = loom::beside_others()?;
    let tests = cargo(&[&["test"], &MOST[..], &["--no-fail-fast"]].concat(), &[("RUST_TEST_THREADS", &threads())]);
    let ui = cargo(&["test", "--package", "ref-ui-tests", "--no-fail-fast"], &[]);
    together([tests, ui, features::few(), loom.finish(), mutants::all()])
}

/// Two tests for each processor, since most of a test of processes or servers is waiting.
fn threads() -> String {
    (2 * std::thread::available_parallelism().map_or(1, usize::from)).to_string()
}

fn lints() -> Result<(), String> {
    cargo(&["fmt", "--all", "--check"], &[])?;
    cargo(&["clippy", "--workspace", "--all-targets", "--all-features", "--", "--deny", "warnings"], &[])?;
    features::lints()?;
    cargo(&["doc", "--workspace", "--no-deps", "--all-features"], &[("RUSTDOCFLAGS", "--deny warnings")])?;
    // This is the build that the test of the examples makes. The workspace's build has other features, so the examples
    // would be built twice.
    cargo(&["build", "--package", "ref-examples", "--examples"], &[])?;
    cargo(&[&["test"], &MOST[..], &["--no-run"]].concat(), &[])
}
