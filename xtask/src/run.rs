//! Runs cargo, alone or beside other steps.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};

/// Prints the command and runs it in the workspace. Returns an error if cargo cannot be run or fails.
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

/// Takes every step, even after one that failed. The error names all steps that failed.
pub(crate) fn together(steps: impl IntoIterator<Item = Result<(), String>>) -> Result<(), String> {
    let failed: Vec<String> = steps.into_iter().filter_map(Result::err).collect();
    match failed.len() {
        0 => Ok(()),
        count => Err(format!("{count} of the steps failed:\n  {}", failed.join("\n  "))),
    }
}

/// A cargo process that runs beside the steps that follow.
#[must_use = "a failure is seen only by `finish`"]
pub(crate) struct Beside {
    what: String,
    child: Child,
    log: PathBuf,
}

/// Starts cargo and returns. `finish` shows what cargo has printed.
pub(crate) fn beside(arguments: &[&str], environment: &[(&str, &str)]) -> Result<Beside, String> {
    let what = format!("cargo {}", arguments.join(" "));
    println!("\n> {what}, beside what follows");
    let log = root()?.join("target").join(format!("beside-{}.log", std::process::id()));
    let output = File::create(&log).map_err(|error| format!("{}: {error}", log.display()))?;
    let errors = output.try_clone().map_err(|error| error.to_string())?;
    let child = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(arguments)
        .envs(environment.iter().copied())
        .current_dir(root()?)
        .stdout(output)
        .stderr(errors)
        .spawn()
        .map_err(|error| format!("cannot run cargo: {error}"))?;
    Ok(Beside { what, child, log })
}

impl Beside {
    /// Waits until cargo has ended, and shows what it has printed. Returns an error if cargo has failed.
    pub(crate) fn finish(mut self) -> Result<(), String> {
        let status = self.child.wait().map_err(|error| error.to_string())?;
        println!("\n> {}, which has run beside\n{}", self.what, std::fs::read_to_string(&self.log).unwrap_or_default());
        let _removed = std::fs::remove_file(&self.log);
        if status.success() { Ok(()) } else { Err(format!("`{}` failed: {status}", self.what)) }
    }
}

/// Returns the folder of the workspace.
pub(crate) fn root() -> Result<&'static Path, String> {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().ok_or_else(|| "xtask has no parent folder".to_owned())
}

/// Returns the argument after the option `name`, or `usual` without that option.
pub(crate) fn option(arguments: &[String], name: &str, usual: &str) -> String {
    let after = arguments.iter().skip_while(|argument| *argument != name).nth(1);
    after.cloned().unwrap_or_else(|| usual.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    #[test]
    fn a_step_that_fails_hides_none_after_it() {
        let taken = Cell::new(0);
        let step = |done: Result<(), &str>| {
            taken.set(taken.get() + 1);
            done.map_err(str::to_owned)
        };
        let told = together([Ok(()), Err("the first"), Ok(()), Err("the second")].into_iter().map(step));
        assert_eq!(taken.get(), 4);
        assert_eq!(told.unwrap_err(), "2 of the steps failed:\n  the first\n  the second");
        assert_eq!(together([Ok(()), Ok(())]), Ok(()));
    }
}
