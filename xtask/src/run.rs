//! Runs cargo, alone or beside other steps.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread::JoinHandle;

/// The crates whose tests run together. The runners of the UI tests take other arguments, and `cargo xtask cli` tests the
/// command.
pub(crate) const MOST: [&str; 6] =
    ["--workspace", "--exclude", "ref-ui-tests", "--exclude", crate::cli::PACKAGE, "--all-features"];

/// All crates but the command.
pub(crate) const WITHOUT_COMMAND: [&str; 3] = ["--workspace", "--exclude", crate::cli::PACKAGE];

/// Prints the command and runs it in the workspace. Returns an error if cargo cannot be run or fails.
pub(crate) fn cargo(arguments: &[&str], environment: &[(&str, &str)]) -> Result<(), String> {
    println!("\n> cargo {}", arguments.join(" "));
    let status = cargo_command()?
        .args(arguments)
        .envs(environment.iter().copied())
        .status()
        .map_err(|error| format!("cannot run cargo: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("`cargo {}` failed: {status}", arguments.join(" "))) }
}

/// Returns cargo as a command to run in the workspace.
pub(crate) fn cargo_command() -> Result<Command, String> {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root()?);
    // `cargo run` describes this package to this program in these variables. The build script of `ring` reads them: it
    // would run again, and all that depends on it would be built again.
    let is_description = |name: &str| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_");
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_str().is_some_and(is_description)) {
        command.env_remove(name);
    }
    Ok(command)
}

/// Takes every step, even after one that failed. The error names all steps that failed.
pub(crate) fn together(steps: impl IntoIterator<Item = Result<(), String>>) -> Result<(), String> {
    let failed: Vec<String> = steps.into_iter().filter_map(Result::err).collect();
    match failed.len() {
        0 => Ok(()),
        count => Err(format!("{count} of the steps failed:\n  {}", failed.join("\n  "))),
    }
}

/// Commands of this program that run, one after the other, beside the steps that follow.
#[must_use = "a failure is seen only by `finish`"]
pub(crate) struct Beside {
    commands: &'static [&'static str],
    run: JoinHandle<Result<(), String>>,
    log: PathBuf,
}

/// Starts `cargo xtask COMMAND` for the first command, and returns. `finish` shows what the commands have printed.
pub(crate) fn beside(commands: &'static [&'static str]) -> Result<Beside, String> {
    println!("\n> cargo xtask {}, beside what follows", commands.join(", "));
    let log = root()?.join("target").join(format!("beside-{}.log", std::process::id()));
    let output = File::create(&log).map_err(|error| format!("{}: {error}", log.display()))?;
    let run = std::thread::spawn(move || together(commands.iter().map(|command| one_beside(command, &output))));
    Ok(Beside { commands, run, log })
}

/// Runs `cargo xtask COMMAND`, and writes what it prints to `output`.
fn one_beside(command: &str, output: &File) -> Result<(), String> {
    let copy = || output.try_clone().map_err(|error| error.to_string());
    let (output, errors) = (copy()?, copy()?);
    let status = std::env::current_exe()
        .and_then(|program| Command::new(program).arg(command).stdout(output).stderr(errors).status())
        .map_err(|error| format!("cannot run `cargo xtask {command}`: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("`cargo xtask {command}` failed: {status}")) }
}

impl Beside {
    /// Waits until the commands have ended, and shows what they have printed. Returns an error that names each command
    /// that has failed.
    pub(crate) fn finish(self) -> Result<(), String> {
        let done = self.run.join().unwrap_or_else(|_panic| Err("a step beside the tests panicked".to_owned()));
        let printed = std::fs::read_to_string(&self.log).unwrap_or_default();
        println!("\n> cargo xtask {}, which have run beside\n{printed}", self.commands.join(", "));
        let _removed = std::fs::remove_file(&self.log);
        done
    }
}

/// Runs `apt-get`, which asks no question.
pub(crate) fn apt(arguments: &[&str]) -> Result<(), String> {
    run(Command::new("apt-get").args(arguments).env("DEBIAN_FRONTEND", "noninteractive"))
}

/// Runs a command without showing what it prints. The error has the last line of that.
pub(crate) fn run(command: &mut Command) -> Result<(), String> {
    let output =
        command.stdin(std::process::Stdio::null()).output().map_err(|error| format!("{command:?}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!("{command:?}: {}", said.lines().last().unwrap_or("no reason given")))
}

/// Returns the Python of the environment in this folder of the workspace, with the package. The environment is made if it
/// is not there.
pub(crate) fn python_with(environment: &str, package: &str) -> Result<PathBuf, String> {
    let environment = root()?.join(environment);
    let python = environment.join("bin/python");
    if !python.exists() {
        run(Command::new("python3").args(["-m", "venv"]).arg(&environment))?;
    }
    run(Command::new(&python).args(["-m", "pip", "install", "--quiet", package]))?;
    Ok(python)
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
    fn commands_that_run_beside_each_run() {
        // Here the commands are options of the program of these tests.
        let told = beside(&["--no-such-option", "--list", "--neither"]).unwrap().finish().unwrap_err();
        assert!(told.contains("2 of the steps failed") && !told.contains("--list"), "{told}");
    }

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

    /// A build of other packages has other features, so the tests of the examples would build the library once more.
    #[test]
    fn the_tests_build_the_examples_of_the_packages_that_are_tested() {
        let source = include_str!("../../tests/src/examples.rs");
        let packages = MOST.map(|option| format!("\"{option}\"")).join(", ");
        assert!(source.contains(&format!("let packages = [{packages}];")), "{packages}");
    }
}
