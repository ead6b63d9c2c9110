//! `cargo xtask asan`: tests the shared-memory backend and the codecs under AddressSanitizer, on nightly.
//!
//! The standard library is not instrumented: for that it would have to be built (`-Zbuild-std`, and `rust-src`). So the
//! sanitizer checks only what this crate and its dependencies do with memory by themselves.

use crate::loom::target;
use crate::run::root;
use std::process::Command;

/// The tests of the code with `unsafe`, and of the code that reads hostile bytes.
const TESTS: [&str; 3] = ["backend::shm::", "backend::conformance::shm::", "codec::"];
const TARGET: &str = "x86_64-unknown-linux-gnu";

pub(crate) fn all() -> Result<(), String> {
    let folder = target()?.join("asan");
    let mut cargo = Command::new("rustup");
    cargo.args(["run", "nightly", "cargo", "test", "--package", "ref-core", "--lib", "--all-features"]);
    cargo.args(["--target", TARGET, "--target-dir"]).arg(folder).arg("--").args(TESTS);
    // The tests leave a dead session's memory as it is, which is a leak by design.
    cargo.env("RUSTFLAGS", "-Zsanitizer=address").env("ASAN_OPTIONS", "detect_leaks=0").current_dir(root()?);
    println!("\n> RUSTFLAGS=-Zsanitizer=address {cargo:?}");
    let status = cargo.status().map_err(|error| format!("cannot run rustup: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("the run under AddressSanitizer failed: {status}")) }
}
