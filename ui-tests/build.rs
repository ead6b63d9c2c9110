//! Sets `cfg(pinned)` where the compiler is the one in `rust-toolchain.toml`.

use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=../rust-toolchain.toml");
    println!("cargo::rustc-check-cfg=cfg(pinned)");
    if let (Some(wanted), Some(used)) = (wanted(), used())
        && used == wanted
    {
        println!("cargo::rustc-cfg=pinned");
    }
}

/// The version that `rust-toolchain.toml` asks for.
fn wanted() -> Option<String> {
    let file = std::fs::read_to_string("../rust-toolchain.toml").ok()?;
    let line = file.lines().find_map(|line| line.strip_prefix("channel = "))?;
    Some(line.trim_matches('"').to_owned())
}

/// The version of the compiler that builds this package; a nightly's ends in `-nightly`.
fn used() -> Option<String> {
    let output = Command::new(std::env::var_os("RUSTC")?).arg("--version").output().ok()?;
    let line = String::from_utf8(output.stdout).ok()?;
    line.split_whitespace().nth(1).map(str::to_owned)
}
