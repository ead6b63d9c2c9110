//! `cargo xtask course --pictures`: records the exercises that have several processes, and draws the recordings into
//! `course/pictures/`. An exercise that compiles is drawn before it is solved, too.

use super::Built;
use super::exercise::{Exercise, Reason};
use crate::run::{cargo, root};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Returns the pictures of an exercise: of which program each is, and its file below the folder of the course.
pub(super) fn of(exercise: &Exercise) -> Vec<(String, PathBuf)> {
    let picture = |program: &str, file: &str| (program.to_owned(), PathBuf::from(format!("pictures/{file}.svg")));
    let name = &exercise.name;
    let (unsolved, solved) = (picture(name, &format!("{name}-unsolved")), picture(&format!("{name}_sol"), name));
    match exercise.reason {
        _ if !exercise.has_workers => Vec::new(),
        Reason::Code(_) => vec![solved],
        Reason::Output(_) => vec![unsolved, solved],
    }
}

/// Draws all pictures anew. Each has other times and other numbers of processes than before.
pub(super) fn draw(folder: &Path, exercises: &[Exercise], built: &Built) -> Result<(), String> {
    let recordings = root()?.join("target/course-recordings");
    let _none_before = fs::remove_dir_all(&recordings);
    fs::create_dir_all(folder.join("pictures")).map_err(|error| format!("course/pictures: {error}"))?;
    for (program, file) in exercises.iter().flat_map(of) {
        let (recording, picture) = (recordings.join(&program), folder.join(&file));
        let run = Command::new(built.programs.join(&program)).env("REF_RECORD", &recording).output();
        run.map_err(|error| format!("{program}: {error}"))?;
        let [recording, drawn] = [&recording, &picture].map(|path| path.to_string_lossy());
        let history = ["run", "--quiet", "--package", crate::cli::PACKAGE, "--", "history", &recording];
        cargo(&[&history[..], &["--svg", &drawn]].concat(), &[])?;
        let failed = |error: std::io::Error| format!("{}: {error}", picture.display());
        let text = fs::read_to_string(&picture).map_err(failed)?;
        // The library's own lines have the folder of this clone in their path.
        fs::write(&picture, text.replace(&format!("{}/", root()?.display()), "")).map_err(failed)?;
    }
    Ok(())
}
