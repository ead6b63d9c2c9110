//! Reads the table of rules, and checks its cells.

#[path = "../../../xtask/src/book/table.rs"]
mod table;

use std::path::Path;
pub(crate) use table::RuleRow;

/// Returns all rules of the page at `path`, and what is wrong with the page.
pub(crate) fn all(path: &Path) -> (Vec<RuleRow>, Vec<String>) {
    let text = std::fs::read_to_string(path).unwrap();
    let rules = match table::rule_rows(&text) {
        Ok(rules) => rules,
        Err(problem) => return (Vec::new(), vec![problem]),
    };
    let mut problems = Vec::new();
    for (index, RuleRow { id, checks, between, .. }) in rules.iter().enumerate() {
        let expected = format!("R{:02}", index + 1);
        if *id != expected {
            problems.push(format!("rules.md: {expected} should follow here, not {id}"));
        }
        if !checks.split(", ").all(|check| ["compiler", "macro", "ledger"].contains(&check)) {
            problems.push(format!("rules.md: {id} is checked by `{checks}`, which is no check"));
        }
        if checks.contains("ledger") == between.is_empty() {
            problems.push(format!("rules.md: {id} has a test between processes if the ledger checks it, else none"));
        }
    }
    (rules, problems)
}
