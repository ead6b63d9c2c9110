//! `cargo xtask service [ADDRESS] [ORDERS]`: runs the program in `examples/service`. That program is not in the
//! workspace, so that no other build has its dependencies.

use crate::run::cargo;

pub(crate) fn all(arguments: &[String]) -> Result<(), String> {
    let program = ["run", "--release", "--manifest-path", "examples/service/Cargo.toml", "--target-dir"];
    let redis: &[&str] = match arguments.first() {
        Some(address) if address.starts_with("redis") => &["--features", "redis"],
        _ => &[],
    };
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    cargo(&[&program[..], &["target/service"], redis, &["--", "try"], &arguments].concat(), &[])
}
