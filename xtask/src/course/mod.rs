//! `cargo xtask course`: builds and runs every exercise of `course/`, which has to fail for the reason that it names, and
//! every solution, which has to succeed. `--rustlings` lets the exercises' own runner check them as well, and installs it
//! into `target/rustlings` if it is not there. `--pictures` draws the exercises with several processes anew, and
//! `--server ADDRESS` runs the exercise on servers at a real one.

pub(crate) mod exercise;
mod judge;
mod pictures;

use crate::run::{cargo, cargo_command, option, root};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The version of the runner that is installed.
const RUNNER: &str = "rustlings@6.5.0";

pub(crate) fn all(arguments: &[String]) -> Result<(), String> {
    let folder = root()?.join("course");
    let server = option(arguments, "--server", "");
    if !server.is_empty() {
        return run_at(&folder, &server);
    }
    if arguments.iter().any(|argument| argument == "--pictures") {
        // The pictures may be missing, which is otherwise an error.
        return pictures::draw(&folder, &exercise::complete(&folder, false)?, &build(&folder)?);
    }
    let exercises = exercise::all(&folder)?;
    let built = build(&folder)?;
    let mut wrong = Vec::new();
    for exercise in &exercises {
        let judged = judge::exercise(exercise, &built).and_then(|said| Ok((said, judge::solution(exercise, &built)?)));
        match judged {
            Ok((said, printed)) => println!("{:<11} {said}; solved: {}", exercise.name, printed.trim_end()),
            Err(error) => wrong.push(error),
        }
    }
    if !wrong.is_empty() {
        return Err(format!("{} of the exercises are wrong:\n  {}", wrong.len(), wrong.join("\n  ")));
    }
    println!("\n{} exercises fail for the reason that they name, and their solutions succeed", exercises.len());
    if arguments.iter().any(|argument| argument == "--rustlings") { run_their_runner(&folder) } else { Ok(()) }
}

/// What cargo made of the course: its messages, one a line, and the folder of the programs.
struct Built {
    messages: String,
    programs: PathBuf,
}

/// Builds all exercises and solutions. An exercise that does not compile is no failure here. In the workspace's target
/// folder, most crates that the library needs are built already: `Cargo.lock` of the course has the same versions.
fn build(folder: &Path) -> Result<Built, String> {
    let target = root()?.join("target");
    println!("\n> cargo build, of all exercises and solutions");
    let output = cargo_command()?
        .args(["build", "--locked", "--bins", "--keep-going", "--message-format", "short", "--manifest-path"])
        .arg(folder.join("Cargo.toml"))
        .arg("--target-dir")
        .arg(&target)
        .env("CARGO_INCREMENTAL", "0")
        .output()
        .map_err(|error| format!("cannot run cargo: {error}"))?;
    let messages = String::from_utf8_lossy(&output.stderr).into_owned();
    if !messages.contains("(bin \"") && !output.status.success() {
        return Err(format!("the course was not built:\n{messages}"));
    }
    Ok(Built { messages, programs: target.join("debug") })
}

/// Runs the solution of the exercise on servers with a store at `address`.
fn run_at(folder: &Path, address: &str) -> Result<(), String> {
    let (manifest, target) = (folder.join("Cargo.toml"), root()?.join("target"));
    let [manifest, target] = [&manifest, &target].map(|path| path.to_string_lossy());
    let run = ["run", "--locked", "--features", "server", "--bin", "servers1_sol", "--manifest-path", &manifest];
    cargo(&[&run[..], &["--target-dir", &target]].concat(), &[("COURSE_STORE", address)])
}

/// Lets the runner check its rules for sets of exercises, each exercise and each solution with its lints.
fn run_their_runner(folder: &Path) -> Result<(), String> {
    let place = root()?.join("target/rustlings");
    let program = place.join("bin/rustlings");
    if !program.exists() {
        let text = place.to_str().ok_or("the folder's name is not Unicode")?;
        cargo(&["install", "--locked", "--quiet", "--root", text, RUNNER], &[])?;
    }
    println!("\n> rustlings dev check --require-solutions");
    let status = Command::new(&program)
        .args(["dev", "check", "--require-solutions"])
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", root()?.join("target/course"))
        .status()
        .map_err(|error| format!("{}: {error}", program.display()))?;
    if status.success() { Ok(()) } else { Err(format!("`rustlings dev check` failed: {status}")) }
}
