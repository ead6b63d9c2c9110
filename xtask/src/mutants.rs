//! `cargo xtask mutants`: every seeded bug of the shared-memory ledger must make a test fail or hang. A bug whose
//! name begins with `loom:` may have no effect on any processor, so it must make a test under loom fail or hang.

use crate::loom;
use crate::run::{MOST, cargo, cargo_command, root, together};
use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// The tests that run without a mutant. `cargo xtask test` leaves them to this command.
pub(crate) const TESTED: [&str; 3] = ["backend::conformance::", "backend::shm::", "backend::redis::"];
/// The tests that run with each mutant whose name does not begin with `loom:`. One of them must fail or hang.
const TESTS: [&str; 2] = ["backend::shm::", "backend::conformance::shm"];
/// A mutant that makes a test hang counts as noticed. A run hangs if it takes longer than [`PATIENCE`], and longer than
/// [`TIMES`] runs without a mutant.
const PATIENCE: Duration = Duration::from_secs(120);
const TIMES: u32 = 4;
const AT_ONCE: usize = 2;
/// Lines of `MUTANT: TEST`: the test that has noticed the mutant before. This test runs first, and the others run only
/// if it passes. So a line that is out of date costs time and hides nothing.
const NOTICED: &str = include_str!("noticed.txt");
/// The outcome of a mutant that no test notices.
const PASSES: &str = "passes";
/// The outcome of a mutant that the test in `noticed.txt` does not notice.
const PASSES_ONE: &str = "passes the test in noticed.txt";

pub(crate) fn all() -> Result<(), String> {
    let (ordered, others): (Vec<_>, Vec<_>) = mutants()?.into_iter().partition(|name| name.starts_with("loom:"));
    if others.len() < 12 || ordered.len() < 9 {
        return Err(format!("only {} and {} mutants were found in the sources", others.len(), ordered.len()));
    }
    together([usual(others), under_loom(ordered)])
}

/// Runs the tests of `TESTED` without a mutant, and then those of `TESTS` with each mutant.
fn usual(mutants: Vec<String>) -> Result<(), String> {
    let build: Vec<String> = ["test"].into_iter().chain(MOST).map(str::to_owned).collect();
    let program = test_program(&build, &[])?;
    let patience = patience(|| without_mutant(&program))?;
    play(&program, &TESTS, mutants, patience)
}

/// Does what `cargo xtask loom` does, and then runs loom's tests with each mutant.
fn under_loom(mutants: Vec<String>) -> Result<(), String> {
    let patience = patience(loom::all)?;
    let program = test_program(&loom::arguments()?, &[loom::FLAGS])?;
    play(&program, &[loom::TESTS], mutants, patience)
}

/// Calls `run`, which runs tests without a mutant. Returns how long these tests may take with a mutant. Returns the
/// error if a test fails: then the mutants would prove nothing.
fn patience(run: impl FnOnce() -> Result<(), String>) -> Result<Duration, String> {
    let since = Instant::now();
    run()?;
    Ok(PATIENCE.max(TIMES * since.elapsed()))
}

/// Runs the tests of `TESTED`. Returns an error if one fails.
fn without_mutant(program: &Path) -> Result<(), String> {
    println!("\n> {} {}", program.display(), TESTED.join(" "));
    let folder = root()?.join("ref-core");
    let status = Command::new(program).args(TESTED).current_dir(folder).status();
    let status = status.map_err(|error| format!("cannot run {}: {error}", program.display()))?;
    if status.success() { Ok(()) } else { Err(format!("the tests of {} failed: {status}", TESTED.join(" and "))) }
}

/// Runs the tests with each mutant. Returns an error that names the mutants that no test noticed.
fn play(program: &Path, tests: &[&str], mutants: Vec<String>, patience: Duration) -> Result<(), String> {
    println!("\n> {} mutants against {}", mutants.len(), tests.join(" and "));
    let mut running: Vec<Played> = Vec::new();
    let mut waiting = mutants.into_iter().peekable();
    let mut alive = Vec::new();
    while waiting.peek().is_some() || !running.is_empty() {
        while running.len() < AT_ONCE
            && let Some(mutant) = waiting.next()
        {
            running.push(first(program, tests, mutant)?);
        }
        for mut played in std::mem::take(&mut running) {
            let Some(outcome) = played.outcome(patience)? else {
                running.push(played);
                continue;
            };
            played.stop();
            println!("  {:<40} {outcome}, after {:.1} s", played.mutant, played.since.elapsed().as_secs_f64());
            match outcome.as_str() {
                PASSES => alive.push(played.mutant),
                PASSES_ONE => running.push(start(program, tests, played.mutant)?),
                _ => (),
            }
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    if alive.is_empty() { Ok(()) } else { Err(format!("no test noticed: {}", alive.join(", "))) }
}

/// Starts the one test that `noticed.txt` names beside the mutant, or else all `tests`.
fn first(program: &Path, tests: &[&str], mutant: String) -> Result<Played, String> {
    let mut lines = NOTICED.lines().filter_map(|line| line.rsplit_once(": "));
    match lines.find(|(name, _)| *name == mutant) {
        Some((_, test)) => Ok(Played { is_alone: true, ..start(program, &["--exact", test], mutant)? }),
        None => start(program, tests, mutant),
    }
}

/// A test program that runs with a mutant.
struct Played {
    mutant: String,
    child: Child,
    /// Receives the name of each test that has failed.
    failed: Receiver<String>,
    since: Instant,
    /// The program runs only the test in `noticed.txt`.
    is_alone: bool,
}

impl Played {
    /// Returns what the program says of the mutant, or `None` while the program has yet to find out.
    fn outcome(&mut self, patience: Duration) -> Result<Option<String>, String> {
        let ended = self.child.try_wait().map_err(|error| error.to_string())?;
        // One failed test is enough, so the run need not end by itself.
        Ok(match (ended, self.failed.try_recv()) {
            (_, Ok(test)) => Some(format!("is noticed by {test}")),
            (Some(status), Err(_)) if status.success() => {
                Some(if self.is_alone { PASSES_ONE } else { PASSES }.to_owned())
            }
            (Some(status), Err(_)) => Some(format!("ends the tests: {status}")),
            (None, Err(_)) if self.since.elapsed() < patience => None,
            (None, Err(_)) => Some("makes a test hang".to_owned()),
        })
    }

    fn stop(&mut self) {
        let _dead = self.child.kill();
        let _waited = self.child.wait();
    }
}

fn start(program: &Path, tests: &[&str], mutant: String) -> Result<Played, String> {
    let mut child = Command::new(program)
        .args(tests)
        .env("REF_MUTANT", &mutant)
        .env("PROPTEST_MAX_SHRINK_ITERS", "0")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| format!("cannot run {}: {error}", program.display()))?;
    let output = child.stdout.take().ok_or("the tests have no output")?;
    let (says, failed) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            if let Some(test) = line.strip_prefix("test ").and_then(|line| line.strip_suffix(" ... FAILED")) {
                let _program_is_over = says.send(test.to_owned());
            }
        }
    });
    Ok(Played { mutant, child, failed, since: Instant::now(), is_alone: false })
}

/// Builds the library's unit tests. Returns the path of their program.
fn test_program(arguments: &[String], environment: &[(&str, &str)]) -> Result<PathBuf, String> {
    let mut arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    arguments.push("--no-run");
    cargo(&arguments, environment)?;
    let output = cargo_command()?
        .args(arguments)
        .envs(environment.iter().copied())
        .arg("--message-format=json")
        .output()
        .map_err(|error| format!("cannot run cargo: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let paths = text.split("\"executable\":\"").skip(1).filter_map(|rest| rest.split('"').next());
    let mut programs = paths.map(PathBuf::from).filter(|path| is_library_test(path));
    programs.next().ok_or_else(|| "cargo names no test program of the library".to_owned())
}

/// Returns whether the name of the file begins with `ref_core-`, as the library's test program does.
fn is_library_test(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("ref_core-"))
}

/// Returns the names of all mutants in the sources.
fn mutants() -> Result<Vec<String>, String> {
    let mut names = BTreeSet::new();
    let mut folders = vec![root()?.join("ref-core/src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).map_err(|error| error.to_string())? {
            let path = entry.map_err(|error| error.to_string())?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(&path).map_err(|error| error.to_string())?;
                let calls = ["mutant(\"", "fence_unless(\""].into_iter().flat_map(|call| text.split(call).skip(1));
                names.extend(calls.filter_map(|rest| Some(rest.split_once('"')?.0.to_owned())));
            }
        }
    }
    Ok(names.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_noticed_is_of_a_mutant() {
        let mutants = mutants().unwrap();
        let lines = NOTICED.lines().map(|line| line.rsplit_once(": ").expect(line).0.to_owned());
        let lines: Vec<String> = lines.collect();
        assert!(lines.is_sorted(), "the lines are not in order");
        let unknown: Vec<_> = lines.iter().filter(|line| !mutants.contains(line)).collect();
        assert!(unknown.is_empty(), "no mutant of the sources has the name {unknown:?}");
    }
}
