//! `cargo xtask bench [PART ...]`: measures stores beside their peers, and writes docs/performance.md and its pictures;
//! with `small`, `large`, `encoding`, `names` or `columns` what is about these parts. The program in `benches/peers` is
//! not in the workspace, so that no other build has its dependencies.

use crate::redis::OwnServer;
use crate::run::{cargo, python_with, root};
use std::path::Path;

/// The version that is measured.
const NUMPY: &str = "numpy==2.4.6";

pub(crate) fn all(parts: &[String]) -> Result<(), String> {
    let folder = root()?.join("target/peers");
    let (proxystore, numpy) = (crate::proxystore::python()?, python_with("target/numpy/venv", NUMPY)?);
    let program = ["--release", "--manifest-path", "benches/peers/Cargo.toml", "--target-dir", text(&folder)?];
    cargo(&[&["build"], &program[..]].concat(), &[])?;
    let server = OwnServer::start()?;
    let socket = server.socket();
    let about_all = ["--", text(root()?)?, text(&socket)?, text(&proxystore)?, text(&numpy)?];
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    cargo(&[&["run"], &program[..], &about_all, &parts].concat(), &[])
}

pub(crate) fn text(path: &Path) -> Result<&str, String> {
    path.to_str().ok_or_else(|| format!("{}: the path is not Unicode", path.display()))
}
