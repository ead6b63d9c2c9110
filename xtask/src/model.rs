//! `cargo xtask model [--steps N]`: searches the scenes of `model`, each up to N states, and then checks the ledger's
//! rules far from the start. Each scene takes minutes.

use crate::run::{cargo, option};

pub(crate) fn all(arguments: &[String]) -> Result<(), String> {
    let steps = option(arguments, "--steps", "30000000");
    cargo(&["run", "--release", "--package", "ref-model", "--", &steps], &[])?;
    let spec =
        ["test", "--release", "--package", "ref-core", "--lib", "--all-features", "ledger::model::exhaustive::far"];
    cargo(&[&spec[..], &["--", "--ignored", "--nocapture"]].concat(), &[])
}
