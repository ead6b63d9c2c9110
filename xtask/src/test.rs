//! `cargo xtask test`: everything that must hold.

use crate::run::{cargo, together};
use crate::{features, loom, mutants};

/// The crates whose tests share one build. The UI tests have theirs: they use the smallest build of the library, as
/// their cases do.
const MOST: [&str; 4] = ["--workspace", "--exclude", "ref-ui-tests", "--all-features"];

/// Runs everything that must hold. A format or a lint that fails ends the run, since it is mended in a minute. Tests
/// take long, so all of them run, also after one that fails, and those that failed are told together.
pub(crate) fn all() -> Result<(), String> {
    crate::redis::provide()?;
    lints()?;
    // Many tests wait for processes and servers. The tests under loom compute only, and use what is idle meanwhile.
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
    // The build that the test of the examples asks for, not the workspace's: with other features, it would be made
    // twice.
    cargo(&["build", "--package", "ref-examples", "--examples"], &[])?;
    cargo(&[&["test"], &MOST[..], &["--no-run"]].concat(), &[])
}
