//! `cargo xtask test`: everything that must hold.

use crate::run::{MOST, WITHOUT_COMMAND, beside, cargo, together};
use crate::{book, features, loom, mutants, ui};

/// Runs everything that must hold. The run ends at once if there is no Redis server, or if the format, a link of the
/// book, a lint, the documentation or a build is wrong. Tests take long, so all of them run, even after one that fails,
/// and the failures are reported together.
pub(crate) fn all() -> Result<(), String> {
    crate::redis::provide()?;
    lints()?;
    // Many tests wait for processes and servers. The mutants and loom only compute, and use the processors while those
    // tests wait. `mutants` also runs the tests that are skipped here, each once without a mutant. The course comes after
    // them: it is built into the folder of the tests, which one cargo uses at a time, and by then the tests are built.
    let computing = beside(&["mutants", "course"])?;
    let elsewhere = mutants::TESTED.into_iter().chain([loom::MODEL]);
    let skipped = elsewhere.flat_map(|tests| ["--skip", tests]);
    let tests: Vec<&str> = ["test"].into_iter().chain(MOST).chain(["--no-fail-fast", "--"]).chain(skipped).collect();
    let tests = cargo(&tests, &[("RUST_TEST_THREADS", &threads())]);
    // With the features of the workspace, these runners need no build of the library of their own. The library that the
    // failing cases are checked against has few features in any case: those that `ref-ui-tests` names.
    let runners = ["--test", "ui", "--test", "legal"];
    let ui = [&["test"], &WITHOUT_COMMAND[..], &["--all-features", "--no-fail-fast"], &runners[..]].concat();
    let ui = cargo(&ui, &[ui::WITHOUT_DEBUG]);
    together([tests, ui, features::few(), computing.finish()])
}

/// Returns how many tests run at once: two for each processor, since most of a test of processes or servers is waiting.
fn threads() -> String {
    (2 * std::thread::available_parallelism().map_or(1, usize::from)).to_string()
}

fn lints() -> Result<(), String> {
    cargo(&["fmt", "--all", "--check"], &[])?;
    book::check()?;
    let lints = ["--all-targets", "--all-features", "--", "--deny", "warnings"];
    cargo(&[&["clippy"], &WITHOUT_COMMAND[..], &lints[..]].concat(), &[])?;
    features::lints()?;
    let documents = [&["doc"], &WITHOUT_COMMAND[..], &["--no-deps", "--all-features"]].concat();
    cargo(&documents, &[("RUSTDOCFLAGS", "--deny warnings")])?;
    // A user builds the examples with the default features.
    cargo(&["clippy", "--package", "ref-examples", "--examples", "--", "--deny", "warnings"], &[])?;
    cargo(&[&["test"], &MOST[..], &["--no-run"]].concat(), &[])
}
