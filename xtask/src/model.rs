//! `cargo xtask model [--steps N]`: the ledger's steps far from the start, then of its rules: minutes each.

use crate::run::{cargo, option};

pub(crate) fn all(arguments: &[String]) -> Result<(), String> {
    let steps = option(arguments, "--steps", "30000000");
    cargo(&["run", "--release", "--package", "ref-model", "--", &steps], &[])?;
    let spec =
        ["test", "--release", "--package", "ref-core", "--lib", "--all-features", "ledger::model::exhaustive::far"];
    cargo(&[&spec[..], &["--", "--ignored", "--nocapture"]].concat(), &[])
}
