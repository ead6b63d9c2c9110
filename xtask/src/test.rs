//! `cargo xtask test`: everything that must hold.

use crate::features;
use crate::run::cargo;

pub(crate) fn all() -> Result<(), String> {
    crate::redis::provide()?;
    cargo(&["fmt", "--all", "--check"], &[])?;
    cargo(&["clippy", "--workspace", "--all-targets", "--all-features", "--", "--deny", "warnings"], &[])?;
    features::all()?;
    cargo(&["doc", "--workspace", "--no-deps", "--all-features"], &[("RUSTDOCFLAGS", "--deny warnings")])?;
    cargo(&["build", "--workspace", "--examples"], &[])?;
    cargo(&["test", "--workspace", "--all-features"], &[])?;
    crate::loom::all()?;
    crate::mutants::all()
}
