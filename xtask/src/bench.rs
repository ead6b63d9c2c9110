//! `cargo xtask bench`: measures stores beside their peers, and writes docs/performance.md and its pictures. The program
//! in `benches/peers` is not in the workspace, so that no other build has its dependencies.

use crate::run::{cargo, root};
use std::path::Path;

pub(crate) fn all() -> Result<(), String> {
    let folder = root()?.join("target/peers");
    let python = crate::proxystore::python()?;
    let program = ["run", "--release", "--manifest-path", "benches/peers/Cargo.toml", "--target-dir"];
    let arguments = [text(&folder)?, "--", text(root()?)?, text(&python)?];
    cargo(&[&program[..], &arguments].concat(), &[])
}

fn text(path: &Path) -> Result<&str, String> {
    path.to_str().ok_or_else(|| format!("{}: the path is not Unicode", path.display()))
}
