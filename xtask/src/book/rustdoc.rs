//! Checks the links from the documentation of public items to the rules: each leads to the rule that it names, and each
//! rule is named by an item.

use super::source::{Rule, read};
use std::path::Path;

/// How a link to a rule begins: within `ref-core`, and in `ref-macros`, which does not know `ref-core`.
const STARTS: [&str; 2] = ["](crate::guide::rules#", "]: https://github.com/ref-rs/ref/blob/main/docs/rules.md#"];

/// The heading under which `docs/rules.md` has the invariants.
const INVARIANTS: &str = "while-programs-run";

/// Returns what is wrong with the links in the sources under `root`.
pub(crate) fn problems(root: &Path, rules: &[Rule]) -> Result<Vec<String>, String> {
    let mut sources = Vec::new();
    for folder in ["ref-core/src", "ref-macros/src"] {
        collect(&root.join(folder), &mut sources)?;
    }
    Ok(wrong(&sources, rules))
}

/// Reads the Rust files below `folder`.
fn collect(folder: &Path, sources: &mut Vec<(String, String)>) -> Result<(), String> {
    for path in crate::pairs::entries(folder)? {
        if path.is_dir() {
            collect(&path, sources)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            sources.push((path.display().to_string(), read(&path)?));
        }
    }
    Ok(())
}

fn wrong(sources: &[(String, String)], rules: &[Rule]) -> Vec<String> {
    let mut problems = Vec::new();
    let mut named = Vec::new();
    for (path, text) in sources {
        for start in STARTS {
            for (at, _) in text.match_indices(start) {
                let id = text[..at].rsplit('[').next().unwrap_or_default();
                let target = text[at + start.len()..].split([')', '\n']).next().unwrap_or_default();
                let is_rule = rules.iter().any(|rule| rule.id == id) && target == id.to_lowercase();
                let is_invariant = id.starts_with('I') && target == INVARIANTS;
                if !is_rule && !is_invariant {
                    problems.push(format!("{path}: the link `{id}` leads to `rules.md#{target}`"));
                }
                named.push(id);
            }
        }
    }
    let lost = rules.iter().filter(|rule| !named.contains(&rule.id.as_str()));
    problems.extend(lost.map(|rule| format!("{}: no public item's documentation has a link to the rule", rule.id)));
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_link_and_a_rule_without_one_are_found() {
        let page = "| R01 | a | compiler | `a` | |\n| R02 | b | compiler | `b` | |\n\n## Why\n\n### R01\n\nx\n\n### R02\n\ny\n";
        let rules = super::super::source::rules(&format!("# Rules\n\n{page}")).unwrap();
        let of = |text: &str| wrong(&[("a.rs".to_owned(), text.to_owned())], &rules);
        let both = "/// [R01](crate::guide::rules#r01), [I4](crate::guide::rules#while-programs-run).\n\
                    /// [R02]: https://github.com/ref-rs/ref/blob/main/docs/rules.md#r02\n";
        assert_eq!(of(both), Vec::<String>::new());
        assert_eq!(of(&both.replace("#r01", "#r02")), ["a.rs: the link `R01` leads to `rules.md#r02`"]);
        assert_eq!(of(&both.replace("R01", "R09")).len(), 2);
        assert_eq!(
            of(""),
            ["R01", "R02"].map(|id| format!("{id}: no public item's documentation has a link to the rule"))
        );
    }
}
