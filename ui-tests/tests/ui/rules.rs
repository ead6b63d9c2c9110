//! Reads the table of rules.

use std::path::Path;

/// A line of the table in `docs/rules.md`.
#[derive(Debug)]
pub(crate) struct Rule {
    /// The rule's number, such as `R03`.
    pub(crate) id: String,
    /// The rule's sentence, such as `one exclusive borrow at a time`.
    pub(crate) sentence: String,
    /// What checks the rule: `compiler` or `macro`, and `ledger` if the rule also holds between processes.
    pub(crate) checks: String,
    /// The folder of the rule's cases.
    pub(crate) folder: String,
}

impl Rule {
    /// Returns all rules of the page at `table`, and what is wrong with the page.
    pub(crate) fn all(table: &Path) -> (Vec<Self>, Vec<String>) {
        let text = std::fs::read_to_string(table).unwrap();
        let (mut rules, mut problems) = (Vec::<Self>::new(), Vec::new());
        for line in text.lines().filter(|line| line.starts_with("| R")) {
            let cells: Vec<_> = line
                .trim_start_matches('|')
                .trim_end()
                .strip_suffix('|')
                .unwrap_or(line)
                .split('|')
                .map(str::trim)
                .collect();
            let [id, sentence, checks, folder, elsewhere] = cells[..] else {
                problems.push(format!("rules.md: not five cells: {line}"));
                continue;
            };
            let expected = format!("R{:02}", rules.len() + 1);
            if id != expected {
                problems.push(format!("rules.md: {expected} should follow here, not {id}"));
            }
            if !checks.split(", ").all(|check| ["compiler", "macro", "ledger"].contains(&check)) {
                problems.push(format!("rules.md: {id} is checked by `{checks}`, which is no check"));
            }
            if checks.contains("ledger") == elsewhere.is_empty() {
                problems
                    .push(format!("rules.md: {id} has a test between processes if the ledger checks it, else none"));
            }
            let [id, sentence, checks] = [id, sentence, checks].map(str::to_owned);
            rules.push(Self { id, sentence, checks, folder: folder.trim_matches('`').to_owned() });
        }
        (rules, problems)
    }
}
