//! Puts the rule book into the command: the rules of `docs/rules.md`, and the UI cases with what the compiler says. They
//! are read by the functions that `cargo xtask book` reads them with, so that the two say the same.

#![allow(dead_code, unused_imports, missing_docs, reason = "the files of xtask do more than is needed here")]

#[path = "../xtask/src/book/markdown.rs"]
mod markdown;
#[path = "../xtask/src/pairs.rs"]
mod pairs;
#[path = "../xtask/src/book/source.rs"]
mod source;
#[path = "../xtask/src/book/table.rs"]
mod table;

use std::path::Path;

fn main() -> Result<(), String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for read in [
        "docs/rules.md",
        "ui-tests/fail",
        "ui-tests/pass",
        "xtask/src/book",
        "xtask/src/pairs.rs",
        "docs/from-proxystore.md",
        "course/exercises",
    ] {
        println!("cargo::rerun-if-changed={}", root.join(read).display());
    }
    let page = source::read(&root.join("docs/rules.md"))?;
    let (rules, examples) = (source::rules(&page)?, source::examples(&root)?);
    let comparisons = source::comparisons(&source::read(&root.join("docs/from-proxystore.md"))?);
    let exercises = exercises(&root.join("course/exercises"))?;
    let rules: Vec<_> = rules
        .iter()
        .map(|rule| {
            let programs = examples.iter().filter(|example| example.rule == rule.id);
            let programs = programs.map(|example| {
                serde_json::json!({
                    "name": example.name,
                    "code": example.code,
                    "program": example.program.lines, "before": example.program.before,
                    "words": example.words,
                    "repaired": example.repaired.lines,
                })
            });
            let programs: Vec<_> = programs.collect();
            let there = comparisons.iter().filter(|row| row.rules.contains(&rule.id));
            let there: Vec<_> = there.map(|row| (row.there.as_str(), row.here.as_str())).collect();
            let trained = exercises.iter().filter(|exercise| exercise.rules.contains(&rule.id));
            let trained: Vec<_> = trained.map(|exercise| exercise.title.as_str()).collect();
            serde_json::json!({
                "id": rule.id, "sentence": rule.sentence, "checks": rule.checks, "why": rule.why, "programs": programs,
                "proxystore": there, "exercises": trained,
            })
        })
        .collect();
    let folder = std::env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?;
    let text = serde_json::to_string(&rules).map_err(|error| error.to_string())?;
    std::fs::write(Path::new(&folder).join("rules.json"), text).map_err(|error| error.to_string())
}

/// An exercise of the course.
struct Exercise {
    /// The exercise's name and idea, as its first line has them.
    title: String,
    /// The ids of the rules that the exercise trains.
    rules: Vec<String>,
}

/// Returns the exercises in the folders of `folder`.
fn exercises(folder: &Path) -> Result<Vec<Exercise>, String> {
    let mut exercises = Vec::new();
    for folder in pairs::entries(folder)? {
        for file in pairs::entries(&folder)? {
            let text = source::read(&file)?;
            let title = text.lines().next().unwrap_or_default().trim_start_matches("// ").to_owned();
            let rules = text.lines().find_map(|line| line.strip_prefix("// Rule: ")).unwrap_or_default();
            exercises.push(Exercise { title, rules: rules.split(", ").map(str::to_owned).collect() });
        }
    }
    Ok(exercises)
}
