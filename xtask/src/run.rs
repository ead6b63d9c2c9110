//! Running cargo.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};

/// Runs cargo in the workspace, showing what it runs.
pub(crate) fn cargo(arguments: &[&str], environment: &[(&str, &str)]) -> Result<(), String> {
    println!("\n> cargo {}", arguments.join(" "));
    let root = root()?;
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .args(arguments)
        .envs(environment.iter().copied())
        .current_dir(root)
        .status()
        .map_err(|error| format!("cannot run cargo: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("`cargo {}` failed: {status}", arguments.join(" "))) }
}

/// Cargo that runs beside what is done meanwhile.
#[must_use = "nobody sees what fails that is not `finish`ed"]
pub(crate) struct Beside {
    what: String,
    child: Child,
    log: PathBuf,
}

/// Starts cargo, and goes on: what it says is shown when it is finished.
pub(crate) fn beside(arguments: &[&str]) -> Result<Beside, String> {
    let what = format!("cargo {}", arguments.join(" "));
    println!("\n> {what}, beside what follows");
    let log = root()?.join("target").join(format!("beside-{}.log", std::process::id()));
    let output = File::create(&log).map_err(|error| format!("{}: {error}", log.display()))?;
    let errors = output.try_clone().map_err(|error| error.to_string())?;
    let child = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(arguments)
        .current_dir(root()?)
        .stdout(output)
        .stderr(errors)
        .spawn()
        .map_err(|error| format!("cannot run cargo: {error}"))?;
    Ok(Beside { what, child, log })
}

impl Beside {
    /// Waits for its end, and shows what it has said.
    pub(crate) fn finish(mut self) -> Result<(), String> {
        let status = self.child.wait().map_err(|error| error.to_string())?;
        println!("\n> {}, which has run beside\n{}", self.what, std::fs::read_to_string(&self.log).unwrap_or_default());
        let _ = std::fs::remove_file(&self.log);
        if status.success() { Ok(()) } else { Err(format!("`{}` failed: {status}", self.what)) }
    }
}

/// The folder of the workspace.
pub(crate) fn root() -> Result<&'static Path, String> {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().ok_or_else(|| "xtask has no parent folder".to_owned())
}

/// What follows the option `name`, or what is usual.
pub(crate) fn option(arguments: &[String], name: &str, usual: &str) -> String {
    let after = arguments.iter().skip_while(|argument| *argument != name).nth(1);
    after.cloned().unwrap_or_else(|| usual.to_owned())
}
