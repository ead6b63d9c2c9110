//! `cargo xtask bench [names]`: measures stores beside their peers, and writes docs/performance.md and its pictures; with
//! `names` the part about objects by name alone. The program in `benches/peers` is not in the workspace, so that no other
//! build has its dependencies.

use crate::redis::OwnServer;
use crate::run::{cargo, root};
use std::path::Path;

pub(crate) fn all(arguments: &[String]) -> Result<(), String> {
    let folder = root()?.join("target/peers");
    let server = OwnServer::start()?;
    let program = ["run", "--release", "--manifest-path", "benches/peers/Cargo.toml", "--target-dir"];
    let socket = server.socket();
    let about_all = [text(&folder)?, "--", text(root()?)?, text(&socket)?];
    if arguments.first().is_some_and(|part| part == "names") {
        return cargo(&[&program[..], &about_all].concat(), &[]);
    }
    let python = crate::proxystore::python()?;
    cargo(&[&program[..], &about_all, &[text(&python)?]].concat(), &[])
}

fn text(path: &Path) -> Result<&str, String> {
    path.to_str().ok_or_else(|| format!("{}: the path is not Unicode", path.display()))
}
