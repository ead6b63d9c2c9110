//! `cargo xtask cli`: the lints and the tests of the command `ref`. `cargo xtask test` leaves the command out, since no
//! other crate needs its dependencies.

use crate::run::cargo;

/// The package of the command.
pub(crate) const PACKAGE: &str = "ref-cli";

/// Lints and tests the command.
pub(crate) fn all() -> Result<(), String> {
    crate::redis::provide()?;
    cargo(&["clippy", "--package", PACKAGE, "--all-targets", "--", "--deny", "warnings"], &[])?;
    cargo(&["clippy", "--package", PACKAGE, "--no-default-features", "--", "--deny", "warnings"], &[])?;
    cargo(&["test", "--package", PACKAGE], &[])
}
