//! The compiler's errors in the changed crates, and the outcome for each of their types.

use crate::change::Krate;
use crate::workspace::Workspace;
use serde_json::Value;
use std::fmt;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// An error of the compiler.
pub(crate) struct Fault {
    pub(crate) path: PathBuf,
    pub(crate) byte: usize,
    pub(crate) code: String,
    pub(crate) message: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.code, self.message)
    }
}

fn cargo(space: &Workspace) -> Command {
    let mut cargo = Command::new("cargo");
    // The lints of a crate may forbid the `unsafe` code that `entry!` adds, or items without documentation.
    cargo.current_dir(&space.folder).env("RUSTFLAGS", "--cap-lints=allow").stderr(Stdio::inherit());
    cargo
}

/// Checks the changed crates, and returns the errors.
pub(crate) fn check(space: &Workspace, crates: &[Krate]) -> Result<Vec<Fault>, String> {
    let mut cargo = cargo(space);
    cargo.args(["check", "--quiet", "--keep-going", "--message-format", "json", "--package", "runner"]);
    for krate in crates {
        cargo.args(["--package", &krate.name]);
    }
    let output = cargo.output().map_err(|error| error.to_string())?;
    let messages = String::from_utf8_lossy(&output.stdout);
    let lines = messages.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let faults: Vec<Fault> = lines.filter_map(|line| fault(space, &line["message"])).collect();
    match output.status.success() || !faults.is_empty() {
        true => Ok(faults),
        false => Err("cargo check failed without an error of the compiler".to_owned()),
    }
}

fn fault(space: &Workspace, message: &Value) -> Option<Fault> {
    if message["level"] != "error" {
        return None;
    }
    let spans = message["spans"].as_array()?;
    let span = spans.iter().find(|span| span["is_primary"] == true)?;
    // A span in a file of another crate is in the expansion of a macro. The call of the macro is in the
    // changed crate.
    let mut span = span;
    while span["file_name"].as_str().is_some_and(|name| name.starts_with('/')) && !span["expansion"].is_null() {
        span = &span["expansion"]["span"];
    }
    Some(Fault {
        path: space.folder.join(span["file_name"].as_str()?),
        byte: usize::try_from(span["byte_start"].as_u64()?).ok()?,
        code: message["code"]["code"].as_str().unwrap_or_default().to_owned(),
        message: message["message"].as_str()?.to_owned(),
    })
}

/// What became of a type: the runner's word for the outcome, the type's path, and the reason.
pub(crate) struct Ran {
    pub(crate) word: String,
    pub(crate) name: String,
    pub(crate) why: String,
}

/// Runs the runner, which makes, stores and compares values of all types. Returns what became of each type.
pub(crate) fn run(space: &Workspace) -> Result<Vec<Ran>, String> {
    let output = cargo(space).args(["run", "--quiet", "--package", "runner"]).output().map_err(|e| e.to_string())?;
    if !output.status.success() {
        return Err(format!("the runner failed: {}", output.status));
    }
    let text = String::from_utf8_lossy(&output.stdout);
    Ok(text
        .lines()
        .filter_map(|line| {
            let mut parts = line.splitn(3, '\t').map(str::to_owned);
            Some(Ran { word: parts.next()?, name: parts.next()?, why: parts.next()? })
        })
        .collect())
}
