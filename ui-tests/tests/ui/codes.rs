//! What the compiler calls its errors, which hardly changes from one version of it to the next.

use crate::case::{Case, Kind};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

/// What became of one case.
#[derive(Default)]
struct Outcome {
    compiled: bool,
    /// The code, or the name of the lint, of every error; `none` where there is none.
    errors: Vec<String>,
}

/// Compiles every case, and says where the errors are other than its header's.
pub(crate) fn problems(root: &Path, cases: &[Case]) -> Vec<String> {
    let (outcomes, log) = compile(root, cases);
    if outcomes.is_empty() {
        return vec![log];
    }
    let mut problems = Vec::new();
    for case in cases {
        let Some(outcome) = outcomes.get(&target(case)) else {
            problems.push(format!("{}: was not compiled", case.path));
            continue;
        };
        let expected = if case.kind == Kind::Fail { vec![case.code.clone()] } else { Vec::new() };
        if outcome.errors != expected || outcome.compiled != expected.is_empty() {
            let errors = if outcome.errors.is_empty() { "nothing".to_owned() } else { outcome.errors.join(", ") };
            let expected = expected.first().map_or("nothing", String::as_str);
            problems.push(format!("{}: the compiler reports {errors}, not {expected}", case.path));
        }
    }
    problems
}

fn target(case: &Case) -> String {
    case.path.trim_end_matches(".rs").replace('/', "-")
}

/// Checks all cases as binaries of one package; what happened to each, and what cargo had to say.
fn compile(root: &Path, cases: &[Case]) -> (BTreeMap<String, Outcome>, String) {
    let project = Path::new(env!("CARGO_TARGET_TMPDIR")).join("codes");
    std::fs::create_dir_all(&project).unwrap();
    std::fs::write(project.join("Cargo.toml"), manifest(root, cases)).unwrap();
    std::fs::copy(root.join("../Cargo.lock"), project.join("Cargo.lock")).unwrap();
    let output = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["check", "--bins", "--keep-going", "--message-format=json", "--target-dir"])
        .arg(project.join("target"))
        .current_dir(&project)
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .output()
        .unwrap();
    let mut outcomes = BTreeMap::<String, Outcome>::new();
    for line in String::from_utf8(output.stdout).unwrap().lines() {
        let message: Value = serde_json::from_str(line).unwrap();
        if message["target"]["kind"][0] != "bin" {
            continue;
        }
        let outcome = outcomes.entry(message["target"]["name"].as_str().unwrap().to_owned()).or_default();
        match message["reason"].as_str() {
            Some("compiler-artifact") => outcome.compiled = true,
            Some("compiler-message") => outcome.errors.extend(error(&message["message"])),
            _ => {}
        }
    }
    (outcomes, String::from_utf8_lossy(&output.stderr).into_owned())
}

/// The code of an error, if this is one; rustc's last word, that it aborts, is none.
fn error(message: &Value) -> Option<String> {
    let aborts = message["message"].as_str()?.starts_with("aborting due to");
    if message["level"] != "error" || aborts {
        return None;
    }
    Some(message["code"]["code"].as_str().unwrap_or("none").to_owned())
}

/// A package of its own, so that the cases' errors are nobody else's.
fn manifest(root: &Path, cases: &[Case]) -> String {
    let core = root.join("../ref-core");
    let mut manifest = format!(
        "[package]\nname = \"ref-ui-codes\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\nserde = \"1\"\n\
         ref-core = {{ path = {core:?}, default-features = false, features = [\"macros\", \"bincode\", \"remote\"] }}\n"
    );
    for case in cases {
        let path = root.join(&case.path);
        manifest.push_str(&format!("\n[[bin]]\nname = \"{}\"\npath = {path:?}\n", target(case)));
    }
    manifest
}
