//! `cargo xtask test`: everything that must hold.

use crate::run::{beside, cargo, together};
use crate::{features, loom, mutants};

/// The tests of every crate: a program of tests that fails hides none of the others.
const ALL: [&str; 4] = ["test", "--workspace", "--all-features", "--no-fail-fast"];

/// Runs everything that must hold. A format or a lint that fails ends the run, since it is mended in a minute. Tests take
/// long, so all of them run, and those that failed are told together.
pub(crate) fn all() -> Result<(), String> {
    crate::redis::provide()?;
    lints()?;
    // The UI tests run one rustc after another, for minutes. The rest runs beside them.
    let ui = beside(&["test", "--package", "ref-ui-tests", "--all-features", "--no-fail-fast"])?;
    let rest = [cargo(&[&ALL[..], &["--exclude", "ref-ui-tests"]].concat(), &[]), features::tests(), loom::all()];
    together(rest.into_iter().chain([ui.finish(), mutants::all()]))
}

fn lints() -> Result<(), String> {
    cargo(&["fmt", "--all", "--check"], &[])?;
    cargo(&["clippy", "--workspace", "--all-targets", "--all-features", "--", "--deny", "warnings"], &[])?;
    features::lints()?;
    cargo(&["doc", "--workspace", "--no-deps", "--all-features"], &[("RUSTDOCFLAGS", "--deny warnings")])?;
    cargo(&["build", "--workspace", "--examples"], &[])?;
    cargo(&["test", "--workspace", "--all-features", "--no-run"], &[])
}
