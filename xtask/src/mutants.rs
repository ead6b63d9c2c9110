//! `cargo xtask mutants`: every seeded bug of the shared-memory ledger must make a test fail. A bug whose name begins
//! with `loom:` may have no effect on any processor, so it must make a test under loom fail.

use crate::loom;
use crate::run::{cargo, root};
use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// The tests: one of them must fail.
const TESTS: [&str; 2] = ["backend::shm::", "backend::conformance::shm::"];
/// A mutant that makes a test hang counts as noticed. A run hangs if it takes longer than [`PATIENCE`], and longer than
/// [`TIMES`] runs without a mutant.
const PATIENCE: Duration = Duration::from_secs(120);
const TIMES: u32 = 4;
const AT_ONCE: usize = 2;

pub(crate) fn all() -> Result<(), String> {
    let (ordered, others): (Vec<_>, Vec<_>) = mutants()?.into_iter().partition(|name| name.starts_with("loom:"));
    if others.len() < 12 || ordered.len() < 9 {
        return Err(format!("only {} and {} mutants were found in the sources", others.len(), ordered.len()));
    }
    let usual = ["test", "--package", "ref-core", "--lib", "--all-features"].map(str::to_owned);
    let mut alive = play(&test_program(&usual, &[])?, &TESTS, others)?;
    alive.extend(play(&test_program(&loom::arguments()?, &[loom::FLAGS])?, &[loom::TESTS], ordered)?);
    if alive.is_empty() { Ok(()) } else { Err(format!("not as expected: {}", alive.join(", "))) }
}

/// Runs the tests with each mutant, and once without one. Returns a line for each mutant that no test noticed, and for
/// the run without one if it failed.
fn play(program: &Path, tests: &[&str], mut mutants: Vec<String>) -> Result<Vec<String>, String> {
    println!("\n> {} mutants against {}", mutants.len(), tests.join(" and "));
    let mut running: Vec<(String, Played, Instant)> = Vec::new();
    let mut alive = Vec::new();
    // The run without a mutant comes first: if it fails, the others prove nothing.
    mutants.insert(0, String::new());
    let mut patience = Duration::MAX;
    while !mutants.is_empty() || !running.is_empty() {
        while running.len() < AT_ONCE && !mutants.is_empty() {
            let mutant = mutants.remove(0);
            running.push((mutant.clone(), start(program, tests, &mutant)?, Instant::now()));
        }
        for (mutant, mut played, since) in std::mem::take(&mut running) {
            let over = played.child.try_wait().map_err(|error| error.to_string())?;
            let outcome = match over {
                // One failed test is enough, so the run need not end by itself.
                None if played.has_failed() => "fails",
                None if since.elapsed() < patience => {
                    running.push((mutant, played, since));
                    continue;
                }
                None => "hangs",
                Some(status) if status.success() => "passes",
                Some(_) => "fails",
            };
            played.stop();
            judge(&mutant, outcome, since, &mut alive);
            if mutant.is_empty() {
                patience = PATIENCE.max(TIMES * since.elapsed());
            }
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(alive)
}

fn judge(mutant: &str, outcome: &str, since: Instant, wrong: &mut Vec<String>) {
    let name = if mutant.is_empty() { "(no bug)" } else { mutant };
    println!("  {name:<40} {outcome} after {:.1} s", since.elapsed().as_secs_f64());
    if mutant.is_empty() != (outcome == "passes") {
        wrong.push(format!("`{name}` {outcome}"));
    }
}

/// A test program that runs.
struct Played {
    child: Child,
    /// Receives a message for each test that has failed.
    failed: Receiver<()>,
}

impl Played {
    fn has_failed(&self) -> bool {
        self.failed.try_recv().is_ok()
    }

    fn stop(&mut self) {
        let _dead = self.child.kill();
        let _waited = self.child.wait();
    }
}

fn start(program: &Path, tests: &[&str], mutant: &str) -> Result<Played, String> {
    let mut child = Command::new(program)
        .args(tests)
        .env("REF_MUTANT", mutant)
        .env("PROPTEST_MAX_SHRINK_ITERS", "0")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| format!("cannot run {}: {error}", program.display()))?;
    let output = child.stdout.take().ok_or("the tests have no output")?;
    let (says, failed) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            if line.starts_with("test ") && line.ends_with("FAILED") {
                let _program_is_over = says.send(());
            }
        }
    });
    Ok(Played { child, failed })
}

/// Builds the library's unit tests. Returns the path of their program.
fn test_program(arguments: &[String], environment: &[(&str, &str)]) -> Result<PathBuf, String> {
    let mut arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    arguments.push("--no-run");
    cargo(&arguments, environment)?;
    let output = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(arguments)
        .envs(environment.iter().copied())
        .arg("--message-format=json")
        .current_dir(root()?)
        .output()
        .map_err(|error| format!("cannot run cargo: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let path = text.split("\"executable\":\"").nth(1).and_then(|rest| rest.split('"').next());
    path.map(PathBuf::from).ok_or_else(|| "cargo names no test program".to_owned())
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
