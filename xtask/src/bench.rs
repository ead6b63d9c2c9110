//! `cargo xtask bench`: measures stores beside their peers, and writes docs/performance.md and its pictures. The program
//! in `benches/peers` is not in the workspace, so that no other build has its dependencies.

use crate::run::{cargo, root};
use std::path::Path;
use std::process::Command;

/// The version that is measured.
const PROXYSTORE: &str = "proxystore==1.1.0";

pub(crate) fn all() -> Result<(), String> {
    let folder = root()?.join("target/peers");
    let environment = folder.join("venv");
    let python = environment.join("bin/python");
    if !python.exists() {
        run(Command::new("python3").args(["-m", "venv"]).arg(&environment))?;
    }
    run(Command::new(&python).args(["-m", "pip", "install", "--quiet", PROXYSTORE]))?;
    let program = ["run", "--release", "--manifest-path", "benches/peers/Cargo.toml", "--target-dir"];
    let arguments = [text(&folder)?, "--", text(root()?)?, text(&python)?];
    cargo(&[&program[..], &arguments].concat(), &[])
}

fn text(path: &Path) -> Result<&str, String> {
    path.to_str().ok_or_else(|| format!("{}: the path is not Unicode", path.display()))
}

fn run(command: &mut Command) -> Result<(), String> {
    println!("\n> {command:?}");
    let status = command.status().map_err(|error| format!("cannot run {command:?}: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("{command:?} failed: {status}")) }
}
