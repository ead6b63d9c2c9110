//! `cargo xtask workflows [--secs N]`: measures workflows beside ProxyStore's, N seconds each, and writes
//! docs/workflows.md and its picture. The program in `benches/peers` is not in the workspace, so that no other build has
//! its dependencies.

use crate::bench::text;
use crate::run::{cargo, option, root, run};
use std::process::Command;

/// What ProxyStore's connector for Redis needs.
const CLIENT: &str = "redis==8.1.0";

pub(crate) fn all(arguments: &[String]) -> Result<(), String> {
    let python = crate::proxystore::python()?;
    run(Command::new(&python).args(["-m", "pip", "install", "--quiet", CLIENT]))?;
    let (folder, server, seconds) =
        (root()?.join("target/peers"), crate::redis::program()?, option(arguments, "--secs", "8"));
    let program =
        ["run", "--release", "--manifest-path", "benches/peers/Cargo.toml", "--bin", "workflows", "--target-dir"];
    let arguments = [text(&folder)?, "--", text(root()?)?, text(&python)?, text(&server)?, &seconds];
    cargo(&[&program[..], &arguments].concat(), &[])
}
