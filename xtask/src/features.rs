//! `cargo xtask features`: runs the library's lints with each feature alone, and its tests with few features. The
//! command `cargo xtask test` makes fewer builds.

use crate::run::{cargo, together};

/// All features of `ref-core` but `default`.
const FEATURES: &[&str] = &[
    "macros",
    "bincode",
    "postcard",
    "shm",
    "remote",
    "redis",
    "redis-tls",
    "tracing",
    "bitflags",
    "bytes",
    "chrono",
    "glam",
    "half",
    "indexmap",
    "nalgebra",
    "ndarray",
    "rust_decimal",
    "serde_json",
    "smallvec",
    "time",
    "url",
    "uuid",
];

/// The builds that `cargo xtask test` lints, besides the one with all features: no feature, each codec alone, `shm`
/// alone, `remote` alone, and one build with all features that are left but `redis-tls`. So only one of these builds
/// has the many dependencies of `redis`.
const LINTED: &[&str] = &[
    "",
    "bincode",
    "postcard",
    "shm",
    "remote",
    "redis,macros,tracing,bitflags,bytes,chrono,glam,half,indexmap,nalgebra,ndarray,rust_decimal,serde_json,smallvec,\
     time,url,uuid",
];

/// The builds whose unit tests `cargo xtask features` runs. These builds have neither `shm` nor `remote`, so they
/// compile the same code as on systems other than Linux. Without a codec, a build refuses types that do not name their
/// own codec.
const TESTED: &[&str] = &["", "bincode", "postcard"];

/// Lints each feature alone and each build in `TESTED`, and then runs the tests of the builds in `TESTED`.
pub(crate) fn all() -> Result<(), String> {
    every_feature_is_listed()?;
    FEATURES.iter().chain(TESTED).try_for_each(|features| lint(features))?;
    together(TESTED.iter().map(|features| test(features)))
}

/// Lints the builds in `LINTED`.
pub(crate) fn lints() -> Result<(), String> {
    every_feature_is_listed()?;
    LINTED.iter().try_for_each(|features| lint(features))
}

/// Runs the tests without any feature. The one codec that a build may have alone changes few results, so the tests with
/// one codec are left to `cargo xtask features`.
pub(crate) fn few() -> Result<(), String> {
    test("")
}

fn lint(features: &str) -> Result<(), String> {
    let build = ["clippy", "--package", "ref-core", "--no-default-features", "--features", features];
    cargo(&[&build[..], &["--", "--deny", "warnings"]].concat(), &[])
}

/// Runs the tests whose result a feature can change. The tests of the model and of the conformance suite run only with
/// all features.
fn test(features: &str) -> Result<(), String> {
    let build = ["test", "--package", "ref-core", "--lib", "--no-default-features", "--features", features];
    cargo(&[&build[..], &["--", "--skip", "conformance", "--skip", "model"]].concat(), &[])
}

/// Returns an error if the manifest has a feature that `FEATURES` lacks: no build would have that feature alone.
fn every_feature_is_listed() -> Result<(), String> {
    let manifest = include_str!("../../ref-core/Cargo.toml");
    let section = manifest.split("[features]").nth(1).and_then(|rest| rest.split("\n[").next()).unwrap_or_default();
    let names = section.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once(" = "));
    match names.map(|(name, _)| name).find(|name| *name != "default" && !FEATURES.contains(name)) {
        Some(name) => Err(format!("`xtask/src/features.rs` does not list the feature `{name}` of `ref-core`")),
        None => Ok(()),
    }
}
