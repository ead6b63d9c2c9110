//! `cargo xtask sweep [--objects N]`: what a million objects cost, for `docs/evidence.md`.

use crate::run::{cargo, option};

pub(crate) fn all(arguments: &[String]) -> Result<(), String> {
    let objects = option(arguments, "--objects", "1000000");
    cargo(&["run", "--release", "--package", "ref-tests", "--bin", "sweep", "--", &objects], &[])
}
