//! Running cargo.

use std::path::Path;
use std::process::Command;

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

/// The folder of the workspace.
pub(crate) fn root() -> Result<&'static Path, String> {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().ok_or_else(|| "xtask has no parent folder".to_owned())
}

/// What follows the option `name`, or what is usual.
pub(crate) fn option(arguments: &[String], name: &str, usual: &str) -> String {
    let after = arguments.iter().skip_while(|argument| *argument != name).nth(1);
    after.cloned().unwrap_or_else(|| usual.to_owned())
}
