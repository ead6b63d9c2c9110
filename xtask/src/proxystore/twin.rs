//! The programs of `course/python/`, each of which makes the mistake of an exercise with ProxyStore: a program has to
//! print the wrong result that its header names, to succeed, and to report nothing.

use crate::run::root;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Runs every program. The error names those that print something else, fail, or report something.
pub(super) fn all(python: &Path) -> Result<(), String> {
    let course = root()?.join("course");
    let info = fs::read_to_string(course.join("info.toml")).map_err(|error| error.to_string())?;
    let files = files(&course)?;
    println!("\n> the {} programs of course/python", files.len());
    let mut wrong = Vec::new();
    for file in &files {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        match judge(python, file, &info) {
            Ok(printed) => println!("{name:<28} {}", printed.trim_end().replace('\n', "; ")),
            Err(error) => wrong.push(format!("{name}: {error}")),
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n  ")) }
}

/// Returns the names of the programs.
pub(super) fn names() -> Result<Vec<String>, String> {
    let files = files(&root()?.join("course"))?;
    Ok(files.iter().map(|file| file.file_name().unwrap_or_default().to_string_lossy().into_owned()).collect())
}

fn files(course: &Path) -> Result<Vec<PathBuf>, String> {
    let mut files = crate::pairs::entries(&course.join("python"))?;
    files.retain(|file| file.extension().is_some_and(|extension| extension == "py"));
    Ok(files)
}

fn judge(python: &Path, file: &Path, info: &str) -> Result<String, String> {
    let text = fs::read_to_string(file).map_err(|error| error.to_string())?;
    let exercise = exercise(&text).unwrap_or_default();
    if !info.contains(&format!("\nname = \"{exercise}\"\n")) {
        return Err("its first line does not name an exercise".to_owned());
    }
    let output = Command::new(python).arg(file).output().map_err(|error| error.to_string())?;
    let [printed, reported] = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    let expected = expected(&text);
    if !output.status.success() || !reported.is_empty() {
        Err(format!("it is not silent: {}: {reported}", output.status))
    } else if expected.is_empty() || printed != expected {
        Err(format!("it prints {printed:?}, and its header says {expected:?}"))
    } else {
        Ok(printed)
    }
}

/// Returns the name of the exercise whose mistake the program makes.
fn exercise(text: &str) -> Option<&str> {
    text.strip_prefix("# ")?.split_once(": ").map(|(name, _)| name)
}

/// Returns what the header says that the program prints.
fn expected(text: &str) -> String {
    text.lines().filter_map(|line| line.strip_prefix("# Prints: ")).map(|line| format!("{line}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_names_the_exercise_and_the_output() {
        let text = "# owners3: the owner is not kept.\n#\n# Prints: one\n# Prints: two\n\nprint(1)\n";
        assert_eq!((exercise(text), expected(text)), (Some("owners3"), "one\ntwo\n".to_owned()));
        assert_eq!((exercise("print(1)"), expected("print(1)")), (None, String::new()));
    }
}
