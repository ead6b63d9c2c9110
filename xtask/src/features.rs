//! `cargo xtask features`: runs the library's lints with each feature alone, and its tests with few features. The
//! command `cargo xtask test` makes fewer builds.

use crate::run::{cargo, together};

/// The builds that `cargo xtask test` lints, besides the one with all features, the one with the default features and
/// the one that [`the_rest`] returns: no feature, `shm` without a codec, and `remote` with the codec that is no default.
const LINTED: &[&str] = &["", "shm", "remote,postcard"];

/// The feature that only the build with all features has, among those that `cargo xtask test` lints: so one further
/// build has the many dependencies of `redis`.
const WITH_ALL_ONLY: &str = "redis-tls";

/// The builds whose unit tests `cargo xtask features` runs. These builds have neither `shm` nor `remote`, so they
/// compile the same code as on systems other than Linux. Without a codec, a build refuses types that do not name their
/// own codec.
const TESTED: &[&str] = &["", "bincode", "postcard"];

/// Lints each feature alone and each build in `TESTED`, and then runs the tests of the builds in `TESTED`.
pub(crate) fn all() -> Result<(), String> {
    names().iter().chain(TESTED).try_for_each(|features| lint(features))?;
    together(TESTED.iter().map(|features| test(features)))
}

/// Lints the builds in `LINTED`, and the one with the features that are left.
pub(crate) fn lints() -> Result<(), String> {
    LINTED.iter().try_for_each(|features| lint(features))?;
    lint(&the_rest())
}

/// Runs the tests without any feature: some tests are only in a build without a codec. The one codec that a build may
/// have alone changes few results, so the tests with one codec are left to `cargo xtask features`.
pub(crate) fn few() -> Result<(), String> {
    test("")
}

/// The macros are named too: with them, every build has the same features of `syn`, which is so compiled once.
fn lint(features: &str) -> Result<(), String> {
    let packages = ["clippy", "--package", "ref-core", "--package", "ref-macros"];
    let build = ["--no-default-features", "--features", features, "--", "--deny", "warnings"];
    cargo(&[&packages[..], &build[..]].concat(), &[])
}

/// Runs the tests whose result a feature can change. The tests of the model and of the conformance suite run only with
/// all features.
fn test(features: &str) -> Result<(), String> {
    let build = ["test", "--package", "ref-core", "--lib", "--no-default-features", "--features", features];
    cargo(&[&build[..], &["--", "--skip", "conformance", "--skip", "model"]].concat(), &[])
}

/// Returns all features of `ref-core` but `default`, as its manifest has them.
fn names() -> Vec<&'static str> {
    let manifest = include_str!("../../ref-core/Cargo.toml");
    let section = manifest.split("[features]").nth(1).and_then(|rest| rest.split("\n[").next()).unwrap_or_default();
    let lines = section.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| Some(line.split_once(" = ")?.0)).filter(|name| *name != "default").collect()
}

/// Returns the features that no build in [`LINTED`] has, but for [`WITH_ALL_ONLY`].
fn the_rest() -> String {
    let linted: Vec<&str> = LINTED.iter().flat_map(|names| names.split(',')).collect();
    let left = names().into_iter().filter(|name| !linted.contains(name) && *name != WITH_ALL_ONLY);
    left.collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_features_are_those_of_the_manifest() {
        let (names, rest) = (names(), the_rest());
        assert!(names.contains(&"macros") && names.contains(&"uuid") && names.len() > 20, "{names:?}");
        assert!(!names.contains(&"default"));
        let mut linted = LINTED.iter().flat_map(|names| names.split(','));
        assert!(linted.all(|name| name.is_empty() || names.contains(&name)));
        assert!(names.contains(&WITH_ALL_ONLY) && rest.contains("redis,") && !rest.contains(WITH_ALL_ONLY));
        assert!(rest.contains("macros") && !rest.contains("shm") && !rest.ends_with(','), "{rest}");
    }
}
