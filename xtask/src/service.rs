//! `cargo xtask service [ADDRESS [ORDERS]]`: runs the program in `examples/service`; without an address at a store in
//! shared memory, and then at one in a Redis server that it starts. That program is not in the workspace, so that no other
//! build has its dependencies.

use crate::redis::OwnServer;
use crate::run::{cargo, together};

pub(crate) fn all(arguments: &[String]) -> Result<(), String> {
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    if let Some(address) = arguments.first() {
        return program(&arguments, address.starts_with("redis"));
    }
    let server = OwnServer::start()?;
    together([program(&[], true), program(&[&server.address("shop")], true)])
}

fn program(arguments: &[&str], with_redis: bool) -> Result<(), String> {
    let program = ["run", "--release", "--manifest-path", "examples/service/Cargo.toml", "--target-dir"];
    let features: &[&str] = if with_redis { &["--features", "redis"] } else { &[] };
    cargo(&[&program[..], &["target/service"], features, &["--", "try"], arguments].concat(), &[])
}
