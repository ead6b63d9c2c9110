//! Runs every passing case in its own process.
//!
//! `build.rs` makes one program of all passing cases, with a module for each. The compiler and the linker would take
//! about ten times as long for one program of each case. A case that does not compile is an error of this program's
//! build, in a file named after the case. `cargo test -p ref-ui-tests --test legal -- NAME` runs the cases whose path
//! contains `NAME`.

#![allow(warnings, clippy::all, reason = "a case shows a rule: what it leaves unused is no fault")]

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Termination as _};

// The included file, which `build.rs` writes, has `CASES` and the modules that `CASES` names.
include!(concat!(env!("OUT_DIR"), "/legal.rs"));

/// The environment variable that names the case of this process. It is not set in the process that runs all cases.
const CASE: &str = "REF_UI_CASE";

fn main() -> ExitCode {
    // In a worker process of a case, this call runs the worker and does not return.
    ref_core::remote::init();
    match std::env::var(CASE) {
        Ok(name) => CASES.iter().find(|(case, _)| *case == name).map_or(ExitCode::FAILURE, |(_, start)| start()),
        Err(_) => run_all(),
    }
}

/// Runs each case whose path contains one of the arguments, or all cases if there are no arguments. An argument that
/// begins with `--` is ignored. Fails if one of these cases fails, or if any passing case is not in this program.
fn run_all() -> ExitCode {
    let names: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let wanted = |case: &str| names.is_empty() || names.iter().any(|name| case.contains(name.as_str()));
    let cases: Vec<&str> = CASES.iter().map(|(case, _)| *case).filter(|case| wanted(case)).collect();
    let problems: Vec<String> = missing().into_iter().chain(cases.iter().filter_map(|case| run(case))).collect();
    println!("\n{} passing cases were run, {} problems\n{}", cases.len(), problems.len(), problems.join("\n"));
    if problems.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Runs one case. Returns a text if the case fails, and `None` if it succeeds.
fn run(case: &str) -> Option<String> {
    let output = Command::new(std::env::current_exe().unwrap()).env(CASE, case).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    (!output.status.success()).then(|| format!("{case}: {}\n{said}", output.status))
}

/// Returns a text for each file of a passing case that is not in this program.
fn missing() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let entries = |folder: PathBuf| std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files = entries(root.join("pass")).flat_map(entries).filter(|path| path.extension().is_some_and(|e| e == "rs"));
    let names = files.map(|path| path.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/"));
    names.filter(|name| CASES.iter().all(|(case, _)| case != name)).map(|name| format!("{name}: was not run")).collect()
}
