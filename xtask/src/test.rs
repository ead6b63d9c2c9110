//! `cargo xtask test`: everything that must hold.

use crate::features;
use crate::run::{beside, cargo};

pub(crate) fn all() -> Result<(), String> {
    crate::redis::provide()?;
    cargo(&["fmt", "--all", "--check"], &[])?;
    cargo(&["clippy", "--workspace", "--all-targets", "--all-features", "--", "--deny", "warnings"], &[])?;
    features::all()?;
    cargo(&["doc", "--workspace", "--no-deps", "--all-features"], &[("RUSTDOCFLAGS", "--deny warnings")])?;
    cargo(&["build", "--workspace", "--examples"], &[])?;
    cargo(&["test", "--workspace", "--all-features", "--no-run"], &[])?;
    // One rustc after another, for minutes: the other processors have the rest.
    let ui = beside(&["test", "--package", "ref-ui-tests", "--all-features"])?;
    let rest = cargo(&["test", "--workspace", "--all-features", "--exclude", "ref-ui-tests"], &[]);
    let rest = rest.and_then(|()| crate::loom::all());
    ui.finish().and(rest)?;
    crate::mutants::all()
}
