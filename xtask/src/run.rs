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

/// Takes every step, also after one that failed; tells all that did.
pub(crate) fn together(steps: impl IntoIterator<Item = Result<(), String>>) -> Result<(), String> {
    let failed: Vec<String> = steps.into_iter().filter_map(Result::err).collect();
    match failed.len() {
        0 => Ok(()),
        count => Err(format!("{count} of the steps failed:\n  {}", failed.join("\n  "))),
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
