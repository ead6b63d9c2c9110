//! `cargo xtask features`: the library's lints with each feature alone, and its tests with few. `cargo xtask test`
//! takes fewer builds.

use crate::run::{cargo, together};

/// Each feature of `ref-core`, as its manifest has them.
const FEATURES: &[&str] = &[
    "macros",
    "bincode",
    "postcard",
    "shm",
    "remote",
    "redis",
    "redis-tls",
    "tracing",
    "rc",
    "bytes",
    "chrono",
    "indexmap",
    "smallvec",
    "uuid",
];

/// The builds that an ordinary run lints, besides the one with all features: each backend alone, each codec alone,
/// nothing, and what adds impls only.
const LINTED: &[&str] =
    &["", "bincode", "postcard", "shm", "remote", "redis", "macros,tracing,rc,bytes,chrono,indexmap,smallvec,uuid"];

/// Builds whose unit tests are run, besides the one with all features. Without `shm`, a build is what it is on other
/// systems than Linux; without a codec, it refuses what has none of its own.
const TESTED: &[&str] = &["", "bincode", "postcard"];

/// Each feature alone, and the tests of each build in `TESTED`.
pub(crate) fn all() -> Result<(), String> {
    every_feature_is_listed()?;
    FEATURES.iter().chain(TESTED).try_for_each(|features| lint(features))?;
    together(TESTED.iter().map(|features| test(features)))
}

/// The builds in `LINTED`.
pub(crate) fn lints() -> Result<(), String> {
    every_feature_is_listed()?;
    LINTED.iter().try_for_each(|features| lint(features))
}

/// The tests of the two builds that differ most from the one with all features.
pub(crate) fn few() -> Result<(), String> {
    together(["", "postcard"].map(test))
}

fn lint(features: &str) -> Result<(), String> {
    let build = ["clippy", "--package", "ref-core", "--no-default-features", "--features", features];
    cargo(&[&build[..], &["--", "--deny", "warnings"]].concat(), &[])
}

/// Runs what a feature can change. (The conformance suite runs with all features.)
fn test(features: &str) -> Result<(), String> {
    let build = ["test", "--package", "ref-core", "--lib", "--no-default-features", "--features", features];
    cargo(&[&build[..], &["--", "--skip", "conformance", "--skip", "model"]].concat(), &[])
}

/// Fails where the manifest has a feature that `FEATURES` lacks: a feature that is not built alone breaks unseen.
fn every_feature_is_listed() -> Result<(), String> {
    let manifest = include_str!("../../ref-core/Cargo.toml");
    let section = manifest.split("[features]").nth(1).and_then(|rest| rest.split("\n[").next()).unwrap_or_default();
    let names = section.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once(" = "));
    match names.map(|(name, _)| name).find(|name| *name != "default" && !FEATURES.contains(name)) {
        Some(name) => Err(format!("`xtask/src/features.rs` does not list the feature `{name}` of `ref-core`")),
        None => Ok(()),
    }
}
