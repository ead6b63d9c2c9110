//! `cargo xtask proxystore`: ProxyStore beside this crate. Runs ProxyStore's own tests of references, the programs of
//! `course/python/`, and then the tests and UI cases that `docs/from-proxystore.md` names beside both. `--there` leaves
//! out the last, which takes minutes.

mod table;
mod twin;

use crate::run::{cargo, python_with, root, run, together};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The version that is compared and measured.
const PROXYSTORE: &str = "proxystore==1.1.0";
/// What its tests need.
const TESTING: [&str; 2] = ["pytest==9.2.0", "pytest-asyncio==1.5.0"];
/// Its tests of references, in its source.
const SUITES: [&str; 2] = ["tests/store/ref_test.py", "tests/store/scopes_test.py"];

pub(crate) fn all(arguments: &[String]) -> Result<(), String> {
    let python = python()?;
    let source = source(&python)?;
    let page = root()?.join("docs/from-proxystore.md");
    let page = std::fs::read_to_string(&page).map_err(|error| format!("{}: {error}", page.display()))?;
    let rows = table::rows(&page)?;
    let mut theirs = Vec::new();
    for suite in SUITES {
        let text = std::fs::read_to_string(source.join(suite)).map_err(|error| format!("{suite}: {error}"))?;
        theirs.extend(table::tests_of(&text));
    }
    println!("\n{PROXYSTORE} has {} tests of references", theirs.len());
    theirs.extend(twin::names()?);
    let table = table::complete(&rows, &theirs);
    let there = [table, their_tests(&python, &source), twin::all(&python)];
    let here = if arguments.iter().any(|argument| argument == "--there") { Ok(()) } else { our_tests(&rows) };
    together(there.into_iter().chain([here]))
}

/// Returns the Python of an environment with ProxyStore, which is made in `target/proxystore` if it is not there.
pub(crate) fn python() -> Result<PathBuf, String> {
    python_with("target/proxystore/venv", PROXYSTORE)
}

/// Returns the folder of ProxyStore's source, which has its tests.
fn source(python: &Path) -> Result<PathBuf, String> {
    let folder = root()?.join("target/proxystore/source");
    let name = PROXYSTORE.replace("==", "-");
    let unpacked = folder.join(&name);
    if !unpacked.exists() {
        let download = ["-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:", PROXYSTORE, "--dest"];
        run(Command::new(python).args(download).arg(&folder))?;
        run(Command::new("tar").arg("xzf").arg(format!("{name}.tar.gz")).current_dir(&folder))?;
    }
    Ok(unpacked)
}

/// Runs ProxyStore's tests of its references.
fn their_tests(python: &Path, source: &Path) -> Result<(), String> {
    run(Command::new(python).args(["-m", "pip", "install", "--quiet"]).args(TESTING))?;
    println!("\n> pytest {}", SUITES.join(" "));
    // Its `conftest.py` wants the servers of its other tests.
    let options = ["-m", "pytest", "--quiet", "--noconftest", "-p", "no:cacheprovider", "--disable-warnings"];
    let status = Command::new(python)
        .args(options)
        .args(SUITES)
        .current_dir(source)
        .status()
        .map_err(|error| format!("cannot run pytest: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("ProxyStore's tests failed: {status}")) }
}

/// Runs the tests and the UI cases that the table names.
fn our_tests(rows: &[table::Row]) -> Result<(), String> {
    let (tests, cases) = table::ours(rows);
    let programs = tests.keys().flat_map(|program| ["--test", program]).collect::<Vec<_>>();
    let names: Vec<&str> = tests.values().flatten().map(String::as_str).collect();
    let front = ["test", "--package", "ref-tests", "--all-features"];
    let ran = cargo(&[&front[..], &programs, &["--"], &names].concat(), &[]);
    let only: Vec<String> = cases.iter().map(|case| format!("trybuild={case}")).collect();
    let front = ["test", "--package", "ref-ui-tests", "--test", "ui", "--", "--exact", "words", "codes"];
    let compiled = cargo(&front.into_iter().chain(only.iter().map(String::as_str)).collect::<Vec<_>>(), &[]);
    together([ran, compiled])
}
