//! `cargo xtask ui NAME`: runs the UI cases whose name begins with NAME, each with its legal twin, and writes and shows
//! their `.stderr`. `cargo xtask bless`: writes the `.stderr` of all cases, and the macros' snapshots.

use crate::pairs::{entries, twin};
use crate::run::{cargo, root};
use std::path::Path;

const TESTS: [&str; 3] = ["test", "--package", "ref-ui-tests"];
/// Makes the test `words` write what the compiler says, instead of comparing it.
const WRITE: (&str, &str) = ("TRYBUILD", "overwrite");
/// The crate that trybuild makes of the cases has no profile of the workspace's, and its dependencies are compiled with
/// information for debuggers unless this says otherwise.
pub(crate) const WITHOUT_DEBUG: (&str, &str) = ("CARGO_PROFILE_DEV_DEBUG", "false");

/// Runs the failing cases whose name, or folder and name, begins with the argument, and then their twins. Writes and
/// prints the `.stderr` of each failing case.
pub(crate) fn some(arguments: &[String]) -> Result<(), String> {
    let [name] = arguments else {
        return Err("`cargo xtask ui NAME`: the beginning of a case's name, as `lend_` or `loans/lend_`".to_owned());
    };
    let folder = root()?.join("ui-tests");
    let cases = named(&folder, name)?;
    let only: Vec<String> = cases.iter().map(|case| format!("trybuild={}", case.path)).collect();
    let front = ["--test", "ui", "--", "--exact", "words", "codes"];
    let only = only.iter().map(String::as_str);
    cargo(&TESTS.into_iter().chain(front).chain(only).collect::<Vec<_>>(), &[WRITE, WITHOUT_DEBUG])?;
    let twins = cases.iter().map(|case| case.twin.as_str());
    cargo(&TESTS.into_iter().chain(["--test", "legal", "--"]).chain(twins).collect::<Vec<_>>(), &[])?;
    for case in &cases {
        let words = Path::new(&case.path).with_extension("stderr");
        let text = std::fs::read_to_string(folder.join(&words)).map_err(|error| error.to_string())?;
        println!("\n> ui-tests/{}\n{text}", words.display());
    }
    Ok(())
}

/// Writes every `.stderr`, checks that the other UI tests pass, and then writes every snapshot.
pub(crate) fn bless() -> Result<(), String> {
    // `words` comes first, since the other tests read what it writes.
    cargo(&[&TESTS[..], &["--test", "ui", "--", "--exact", "words"]].concat(), &[WRITE, WITHOUT_DEBUG])?;
    cargo(&[&TESTS[..], &["--test", "ui", "--", "--exact", "--skip", "words"]].concat(), &[WITHOUT_DEBUG])?;
    cargo(&[&TESTS[..], &["--test", "legal"]].concat(), &[])?;
    cargo(&["test", "--package", "ref-macros"], &[("INSTA_UPDATE", "always")])?;
    println!("\nnow read `git diff` as a learner would");
    Ok(())
}

/// The paths of a failing case and of its twin, relative to the folder of the UI tests, such as
/// `fail/loans/lend_to_two_writers.rs`.
#[derive(Debug, PartialEq, Eq)]
struct Pair {
    path: String,
    twin: String,
}

/// Returns the failing cases whose name, or folder and name, begins with `name`. Returns an error if there is no
/// such case, or a case lacks its twin.
fn named(folder: &Path, name: &str) -> Result<Vec<Pair>, String> {
    let name = name.trim_end_matches(".rs").trim_start_matches("ui-tests/").trim_start_matches("fail/");
    let mut pairs = Vec::new();
    for rule in entries(&folder.join("fail"))? {
        for file in entries(&rule)? {
            let path =
                file.strip_prefix(folder).map_err(|error| error.to_string())?.to_string_lossy().replace('\\', "/");
            let case = path.trim_start_matches("fail/");
            let is_named =
                case.starts_with(name) || case.split_once('/').is_some_and(|(_, case)| case.starts_with(name));
            if path.ends_with(".rs") && is_named {
                pairs.push(Pair { twin: twin(folder, &file)?, path });
            }
        }
    }
    if pairs.is_empty() { Err(format!("no case in `ui-tests/fail` begins with `{name}`")) } else { Ok(pairs) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_case_is_found_by_the_beginning_of_its_name_with_or_without_its_folder() {
        let folder = root().unwrap().join("ui-tests");
        let path = "fail/copies/clone_a_lease.rs";
        let twin = twin(&folder, &folder.join(path)).unwrap();
        for name in ["clone_a_lea", "copies/clone_a_lease", "ui-tests/fail/copies/clone_a_lease.rs"] {
            let pair = Pair { path: path.to_owned(), twin: twin.clone() };
            assert_eq!(named(&folder, name), Ok(vec![pair]), "{name}");
        }
        assert!(named(&folder, "copies/").unwrap().len() > 3);
        assert!(named(&folder, "lease").is_err(), "in the middle of a name");
    }
}
