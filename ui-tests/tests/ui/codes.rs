//! Compares the codes of the compiler's errors with the headers of the cases. The codes hardly change from one version
//! of the compiler to the next.
//!
//! Each failing case is compiled by one call of `rustc`, with the libraries that this package was built with. So cargo
//! is not called for each case, and the libraries are not built again.
//!
//! Where the test `words` compares a case's `.stderr` with the compiler's message, the code is read from the `.stderr`,
//! and the case is not compiled a second time.

use crate::case::Case;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// The libraries that the cases may name, as in `Cargo.toml`.
const LIBRARIES: [&str; 2] = ["ref_core", "serde"];

/// Compiles each of the `cases`. Returns one problem for each case that does not fail with exactly the one error that
/// its header names. If the libraries are not found, compiles nothing, and returns that problem.
pub(crate) fn problems(root: &Path, cases: &[Case]) -> Vec<String> {
    let libraries = match libraries(root) {
        Ok(arguments) => arguments,
        Err(problem) => return vec![problem],
    };
    let (next, problems) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let compile_some = || {
        // `Relaxed` is enough: with any memory ordering, `fetch_add` returns each number to one thread only.
        while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
            if let Some(problem) = problem(root, case, &libraries) {
                problems.lock().unwrap_or_else(PoisonError::into_inner).push(problem);
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(compile_some);
        }
    });
    let mut problems = problems.into_inner().unwrap_or_else(PoisonError::into_inner);
    problems.sort();
    problems
}

/// Returns the `cases` whose `.stderr` does not have the code of the header. The `.stderr` of a lint does not say which
/// lint it is in a fixed place, and a case may have no `.stderr` yet: such cases are to be compiled.
pub(crate) fn unlike_words(root: &Path, cases: Vec<Case>) -> Vec<Case> {
    let has_code = |case: &Case| {
        let words = std::fs::read_to_string(root.join(&case.path).with_extension("stderr")).unwrap_or_default();
        case.code.starts_with('E') && words.starts_with(&format!("error[{}]: ", case.code))
            || case.code == "none" && words.starts_with("error: ") && !words.contains("the lint level is defined here")
    };
    cases.into_iter().filter(|case| !has_code(case)).collect()
}

/// Compiles one case as `cargo check` would. Returns a problem if the case does not fail with exactly the one error
/// that its header names.
fn problem(root: &Path, case: &Case, libraries: &[String]) -> Option<String> {
    let output = Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()))
        .args(["--edition=2024", "--crate-type=bin", "--emit=metadata", "--error-format=json"])
        .args(["--crate-name=case", "-o"])
        .arg(scratch(case))
        .args(libraries)
        .arg(root.join(&case.path))
        .current_dir(root)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stderr);
    let errors = text.lines().filter_map(|line| error(&serde_json::from_str(line).ok()?)).collect::<Vec<_>>();
    if errors == [case.code.as_str()] && !output.status.success() {
        return None;
    }
    let errors = if errors.is_empty() { "nothing".to_owned() } else { errors.join(", ") };
    Some(format!("{}: the compiler reports {errors}, not {}", case.path, case.code))
}

/// Returns the path of the file that the compiler would write if the case were legal.
fn scratch(case: &Case) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(case.path.replace('/', "-")).with_extension("rmeta")
}

/// Returns the code of an error, the name of a lint, or `none` for an error without a code. Returns `None` for other
/// messages, and for rustc's last message, which says that the compilation aborts.
fn error(message: &Value) -> Option<String> {
    let aborts = message["message"].as_str()?.starts_with("aborting due to");
    if message["level"] != "error" || aborts {
        return None;
    }
    Some(message["code"]["code"].as_str().unwrap_or("none").to_owned())
}

/// Returns the paths of the libraries of this package, as arguments for `rustc`. The libraries are built already, since
/// this test is linked to them. Returns an error if cargo fails, or does not name each library once.
fn libraries(root: &Path) -> Result<Vec<String>, String> {
    let output = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["build", "--package", env!("CARGO_PKG_NAME"), "--message-format=json"])
        .current_dir(root)
        .output()
        .map_err(|error| format!("cannot run cargo: {error}"))?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    let (mut arguments, mut folders) = (Vec::new(), BTreeSet::new());
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let message: Value = serde_json::from_str(line).map_err(|error| format!("{line}: {error}"))?;
        let name = message["target"]["name"].as_str().unwrap_or_default();
        for file in message["filenames"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            folders.extend(Path::new(file).parent().map(Path::to_path_buf));
            if LIBRARIES.contains(&name) && file.ends_with(".rlib") {
                arguments.push(format!("--extern={name}={file}"));
            }
        }
    }
    if arguments.len() != LIBRARIES.len() {
        return Err(format!("cargo does not name the libraries {LIBRARIES:?} once each, but {arguments:?}"));
    }
    arguments.extend(folders.into_iter().map(|folder| format!("-Ldependency={}", folder.display())));
    Ok(arguments)
}
