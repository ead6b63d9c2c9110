//! The programs of `examples/`.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Builds the examples if needed, and returns the folder that has them.
///
/// `cargo xtask test` builds the workspace with the same options, so the examples are ready in such a run. `cargo run
/// --example` and `cargo test --package ref-tests` build with other features.
///
/// # Panics
///
/// If the examples cannot be built.
#[must_use]
pub fn examples() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    // Other packages would give the dependencies other features, and then the library would be built once more.
    let packages = ["--workspace", "--exclude", "ref-ui-tests", "--exclude", "ref-cli", "--all-features"];
    let mut build = Command::new(env!("CARGO"));
    // Cargo describes this package to its tests in these variables. The build script of `ring` reads them: it would run
    // again, and all that depends on it would be built again.
    let is_description = |name: &str| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_");
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_str().is_some_and(is_description)) {
        build.env_remove(name);
    }
    let built = build.args(["build", "--quiet", "--examples"]).args(packages).current_dir(root).status().unwrap();
    assert!(built.success(), "the examples cannot be built: {built}");
    std::env::current_exe().unwrap().parent().and_then(Path::parent).unwrap().join("examples")
}
