//! The table of rules.

use std::path::Path;

/// A line of `rules.md`.
#[derive(Debug)]
pub(crate) struct Rule {
    /// `R03`.
    pub(crate) id: String,
    /// `one exclusive borrow at a time`.
    pub(crate) sentence: String,
    /// Who checks it: `compiler`, `macro`, and `ledger` for what holds between processes too.
    pub(crate) checks: String,
    /// The folder of its cases.
    pub(crate) folder: String,
}

impl Rule {
    /// All rules, and what is wrong with the table.
    pub(crate) fn all(root: &Path) -> (Vec<Self>, Vec<String>) {
        let text = std::fs::read_to_string(root.join("rules.md")).unwrap();
        let (mut rules, mut problems) = (Vec::<Self>::new(), Vec::new());
        for line in text.lines().filter(|line| line.starts_with("| R")) {
            let cells: Vec<_> = line.trim_matches('|').split('|').map(str::trim).collect();
            let [id, sentence, checks, folder] = cells[..] else {
                problems.push(format!("rules.md: not four cells: {line}"));
                continue;
            };
            let expected = format!("R{:02}", rules.len() + 1);
            if id != expected {
                problems.push(format!("rules.md: {expected} should follow here, not {id}"));
            }
            if !checks.split(", ").all(|check| ["compiler", "macro", "ledger"].contains(&check)) {
                problems.push(format!("rules.md: {id} is checked by `{checks}`, whom nobody knows"));
            }
            let [id, sentence, checks] = [id, sentence, checks].map(str::to_owned);
            rules.push(Self { id, sentence, checks, folder: folder.trim_matches('`').to_owned() });
        }
        (rules, problems)
    }
}
