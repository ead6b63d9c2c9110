//! The exercises as files: what each of them says about itself.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// How many exercises the course has, as its README says.
const COUNT: usize = 26;

/// Why an exercise fails.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Reason {
    /// The compiler's error has this code.
    Code(String),
    /// The program compiles, and then fails with this text in its output.
    Output(String),
}

/// One exercise.
#[derive(Debug)]
pub(crate) struct Exercise {
    pub(crate) name: String,
    /// What it teaches, as its first line says.
    pub(crate) idea: String,
    /// The ids of the rules that it trains.
    pub(crate) rules: Vec<String>,
    /// The exercise's file below the folder of the course, such as `exercises/01_owners/owners1.rs`.
    pub(crate) file: PathBuf,
    pub(super) solution: PathBuf,
    pub(super) reason: Reason,
    /// Whether the exercise has workers, and `REF_RECORD` is to record them: one exercise sets that itself.
    pub(super) has_workers: bool,
}

/// Returns the exercises in the order of `info.toml`. Returns an error that names each thing that is missing in their
/// files, and each picture that is missing.
pub(crate) fn all(folder: &Path) -> Result<Vec<Exercise>, String> {
    complete(folder, true)
}

/// Does what [`all`] does. Pictures may be missing unless `with_pictures`.
pub(super) fn complete(folder: &Path, with_pictures: bool) -> Result<Vec<Exercise>, String> {
    let read = |path: &Path| fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()));
    let info = read(&folder.join("info.toml"))?;
    let rules = read(&folder.join("../docs/rules.md"))?;
    let rules = rule_ids(&rules);
    let readme = read(&folder.join("README.md"))?;
    let (mut exercises, mut wrong) = (Vec::new(), Vec::new());
    for (name, dir) in names(&info) {
        let [file, solution] = ["exercises", "solutions"].map(|kind| PathBuf::from(format!("{kind}/{dir}/{name}.rs")));
        let (text, solved) = (read(&folder.join(&file))?, read(&folder.join(&solution))?);
        wrong.extend(faults(&name, &text, &solved, &rules));
        if !readme.contains(&format!("| `{name}` |")) {
            wrong.push(format!("{name}: the table of README.md has no row of it"));
        }
        if let Some(reason) = reason(&text) {
            let idea = text.lines().next().and_then(|line| line.split_once(": ")).map_or("", |(_, idea)| idea);
            let (idea, rules) = (idea.to_owned(), ids(&text).map(str::to_owned).collect());
            let has_workers = text.contains("Workers::") && !text.contains("REF_RECORD");
            let exercise = Exercise { name, idea, rules, file, solution, reason, has_workers };
            for (_, picture) in super::pictures::of(&exercise) {
                let is_shown = readme.contains(&format!("({})", picture.display()));
                if with_pictures && !(folder.join(&picture).is_file() && is_shown) {
                    wrong.push(format!("{}: README.md does not show {}", exercise.name, picture.display()));
                }
            }
            exercises.push(exercise);
        }
    }
    if exercises.len() != COUNT {
        wrong.push(format!("there are {} exercises with a reason, and not {COUNT}", exercises.len()));
    }
    if wrong.is_empty() { Ok(exercises) } else { Err(wrong.join("\n  ")) }
}

/// Returns the name and the folder of each exercise.
fn names(info: &str) -> Vec<(String, String)> {
    let values = |key: &'static str| {
        info.lines()
            .filter_map(move |line| Some(line.strip_prefix(key)?.strip_prefix(" = \"")?.strip_suffix('"')?.to_owned()))
    };
    values("name").zip(values("dir")).collect()
}

/// Returns the ids of all rules and invariants: `R07`, `I4`.
fn rule_ids(rules: &str) -> BTreeSet<&str> {
    rules.lines().filter_map(|line| Some(line.strip_prefix("| ")?.split_once(" |")?.0)).collect()
}

/// Returns what is wrong with the two files of an exercise.
fn faults(name: &str, text: &str, solved: &str, rules: &BTreeSet<&str>) -> Vec<String> {
    let mut faults = Vec::new();
    let mut demand = |holds: bool, what: &str| {
        if !holds {
            faults.push(format!("{name}: {what}"));
        }
    };
    demand(ids(text).all(|id| rules.contains(id)), "`// Rule: ` does not name a rule");
    let first = text.lines().next().unwrap_or_default();
    demand(first.starts_with(&format!("// {name}: ")), "the first line does not have the name and the idea");
    demand(solved.lines().next() == Some(first), "the solution has another first line");
    demand(reason(text).is_some(), "`// Fails with: ` does not name a code, or an output in backticks");
    demand(text.matches("// TODO: ").count() == 1, "there is not one `// TODO: `");
    demand(!solved.contains("// TODO"), "the solution has a TODO");
    demand(text.contains("\n// Question: "), "there is no question");
    demand(solved.contains("\n// Question: ") && solved.contains("\n// Answer: "), "the solution has no answer");
    demand(!text.contains("// Answer: "), "the exercise has the answer");
    // So a program that ends early, or does something else, is not taken for solved.
    demand(asserts(text).count() > 0, "nothing is asserted");
    demand(asserts(text).all(|line| solved.contains(line)), "the solution asserts something else");
    demand(prints(text).eq(prints(solved)), "the solution prints something else");
    let first_of_main = text.lines().skip_while(|line| !line.starts_with("fn main()")).nth(1).unwrap_or_default();
    let is_remote = text.contains("#[remote]");
    demand(!is_remote || first_of_main.starts_with("    remote::init();"), "`remote::init()` is not first in `main`");
    demand(
        [text, solved].iter().all(|text| text.lines().all(|line| line.chars().count() <= 110)),
        "a line is too long",
    );
    faults
}

/// Returns the rules that the header names; one empty text if there is none.
fn ids(text: &str) -> impl Iterator<Item = &str> {
    text.lines().find_map(|line| line.strip_prefix("// Rule: ")).unwrap_or_default().split(", ")
}

fn asserts(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| line.starts_with("assert"))
}

fn prints(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| line.starts_with("println!"))
}

/// Returns the reason that the header names.
fn reason(text: &str) -> Option<Reason> {
    let named = text.lines().find_map(|line| line.strip_prefix("// Fails with: "))?;
    if let Some(output) = named.strip_prefix("output `") {
        return Some(Reason::Output(output.strip_suffix('`')?.to_owned()));
    }
    let is_code = named.len() == 5 && named.starts_with('E') && named[1..].chars().all(|c| c.is_ascii_digit());
    is_code.then(|| Reason::Code(named.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_exercise_is_complete() {
        let exercises = all(&crate::run::root().unwrap().join("course")).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(exercises.len(), COUNT);
    }

    /// Then both share what is built, and the course needs no crate that the workspace has not fetched.
    #[test]
    fn the_versions_are_those_of_the_workspace() {
        let root = crate::run::root().unwrap();
        let versions = |path: &str| -> BTreeSet<String> {
            let text = fs::read_to_string(root.join(path)).unwrap();
            let packages = text.split("[[package]]\n");
            packages.filter_map(|package| Some(package.split_once("\nsource")?.0.to_owned())).collect()
        };
        let other = &versions("course/Cargo.lock") - &versions("Cargo.lock");
        assert_eq!(other, BTreeSet::new(), "`cargo update --package NAME --precise VERSION`, in `course`");
    }

    #[test]
    fn a_reason_is_a_code_or_an_output() {
        let of = |line: &str| reason(&format!("// one: idea\n//\n// Fails with: {line}\n"));
        assert_eq!(of("E0382"), Some(Reason::Code("E0382".into())));
        assert_eq!(of("output `it is lost`"), Some(Reason::Output("it is lost".into())));
        assert_eq!((of("E038"), of("an error"), of("output `it")), (None, None, None));
    }

    #[test]
    fn what_is_missing_is_named() {
        let text = "// one: idea\n//\n// Fails with: E0382\n// Rule: R09\n\nfn main() {\n    // TODO: this\n    assert!(true);\n}\n\n// Question: why?\n";
        let solved = "// one: idea\n\nfn main() {\n    assert!(true);\n}\n\n// Question: why?\n// Answer: so.\n";
        let rules = BTreeSet::from(["R09"]);
        assert_eq!(faults("one", text, solved, &rules), Vec::<String>::new());
        let broken = solved.replace("    assert!(true);\n", "");
        assert_eq!(faults("one", text, &broken, &rules), ["one: the solution asserts something else"]);
        let broken = text.replace("R09", "R99").replace("Question", "Remark");
        let told = faults("one", &broken, solved, &rules);
        assert_eq!(told, ["one: `// Rule: ` does not name a rule", "one: there is no question"]);
    }
}
