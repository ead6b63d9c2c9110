//! `cargo xtask corpus [CRATE ...]`: runs the program in `corpus/`. That program is not in the workspace, so that no
//! other build has its dependencies.

use crate::run::cargo;

pub(crate) fn all(arguments: &[String]) -> Result<(), String> {
    let program =
        ["run", "--quiet", "--manifest-path", "corpus/Cargo.toml", "--target-dir", "target/corpus-tool", "--"];
    let crates: Vec<&str> = arguments.iter().map(String::as_str).collect();
    cargo(&[&program[..], &crates].concat(), &[])
}
