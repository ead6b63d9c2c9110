//! Compares what an exercise and its solution do with what the exercise says.

use super::Built;
use super::exercise::{Exercise, Reason};
use std::path::Path;
use std::process::Command;

/// Checks that the exercise fails for the reason that it names, and returns that reason in words.
pub(super) fn exercise(exercise: &Exercise, built: &Built) -> Result<String, String> {
    let name = &exercise.name;
    let codes = codes(&built.messages, &exercise.file);
    match &exercise.reason {
        Reason::Code(code) if codes == [code.as_str()] => Ok(format!("fails with {code}")),
        Reason::Code(code) => Err(format!("{name}: {code} is the reason, and the compiler says {codes:?}")),
        Reason::Output(_) if !codes.is_empty() => Err(format!("{name}: it has to compile, and has errors: {codes:?}")),
        Reason::Output(text) => {
            let (succeeds, said) = run(&built.programs.join(name))?;
            judge_run(text, succeeds, &said).map_err(|error| format!("{name}: {error}"))
        }
    }
}

/// Checks that the solution compiles and succeeds, and returns what it has printed.
pub(super) fn solution(exercise: &Exercise, built: &Built) -> Result<String, String> {
    let name = &exercise.name;
    let codes = codes(&built.messages, &exercise.solution);
    if !codes.is_empty() {
        return Err(format!("{name}: the solution has errors: {codes:?}"));
    }
    let (succeeds, said) = run(&built.programs.join(format!("{name}_sol")))?;
    match (succeeds, said.trim().is_empty()) {
        (true, false) => Ok(said.replace('\n', " / ")),
        (true, true) => Err(format!("{name}: the solution prints nothing")),
        (false, _) => Err(format!("{name}: the solution fails: {said}")),
    }
}

fn judge_run(text: &str, succeeds: bool, said: &str) -> Result<String, String> {
    if succeeds {
        Err("it succeeds before it is solved".to_owned())
    } else if said.contains("not yet implemented") || !said.contains(text) {
        Err(format!("its reason is `{text}`, and it says: {said}"))
    } else {
        Ok(format!("fails with `{text}`"))
    }
}

/// Returns the codes of the compiler's errors in a file; an error without a code is an empty text.
fn codes<'m>(messages: &'m str, file: &Path) -> Vec<&'m str> {
    let start = format!("{}:", file.display());
    let of = |line: &'m str| -> Option<&'m str> {
        let after = line.strip_prefix(&start)?.split_once(": error")?.1;
        Some(after.strip_prefix('[').and_then(|rest| rest.split_once(']')).map_or("", |(code, _)| code))
    };
    messages.lines().filter_map(of).collect()
}

/// Runs a program, and returns whether it succeeds, and all that it prints.
fn run(program: &Path) -> Result<(bool, String), String> {
    let output = Command::new(program)
        .env("RUST_BACKTRACE", "0")
        .output()
        .map_err(|error| format!("{}: {error}", program.display()))?;
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    Ok((output.status.success(), said))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MESSAGES: &str = "\
exercises/01_owners/owners2.rs:22:11: error[E0382]: use of moved value: `letter`
error: could not compile `exercises` (bin \"owners2\") due to 1 previous error
exercises/01_owners/owners1.rs:3:1: warning: unused import
exercises/01_owners/owners1.rs:9:1: error: expected `;`
";

    #[test]
    fn the_codes_of_a_file_are_read() {
        let of = |file: &str| codes(MESSAGES, Path::new(file));
        assert_eq!(of("exercises/01_owners/owners2.rs"), ["E0382"]);
        assert_eq!(of("exercises/01_owners/owners1.rs"), [""]);
        assert!(of("solutions/01_owners/owners2.rs").is_empty());
    }

    #[test]
    fn only_the_named_output_is_a_failure_of_the_exercise() {
        assert!(judge_run("it is lost", false, "panicked: it is lost").is_ok());
        assert!(judge_run("it is lost", true, "it is lost").is_err());
        assert!(judge_run("it is lost", false, "panicked: something else").is_err());
        assert!(judge_run("", false, "not yet implemented").is_err(), "`todo!()` is no reason");
    }
}
