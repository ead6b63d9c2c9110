//! Reads the table of rules in `docs/rules.md`. The UI tests and the build script of the command `ref` have this file
//! too.

/// A line of the table.
#[derive(Debug)]
pub(crate) struct RuleRow {
    /// The rule's number, such as `R07`.
    pub(crate) id: String,
    /// The rule's sentence, such as `one exclusive borrow at a time`.
    pub(crate) sentence: String,
    /// What checks the rule: `compiler` or `macro`, and `ledger` if the rule also holds between processes.
    pub(crate) checks: String,
    /// The folder of the rule's cases.
    #[allow(dead_code, reason = "only the UI tests ask for it")]
    pub(crate) folder: String,
    /// The test between processes, or an empty text.
    pub(crate) between: String,
}

/// Returns the lines of the table of rules. The error names a line that has not five cells.
pub(crate) fn rule_rows(page: &str) -> Result<Vec<RuleRow>, String> {
    let lines = page.lines().filter(|line| line.starts_with("| R"));
    let rows = lines.map(|line| {
        let cells = <[String; 5]>::try_from(cells(line));
        let [id, sentence, checks, folder, between] =
            cells.map_err(|_other_number| format!("rules.md: not five cells: {line}"))?;
        Ok(RuleRow { id, sentence, checks, folder: folder.trim_matches('`').to_owned(), between })
    });
    rows.collect()
}

/// Returns the cells of a row of a table. A `\|` does not end a cell.
pub(crate) fn cells(row: &str) -> Vec<String> {
    let Some(row) = row.trim().strip_prefix('|').and_then(|row| row.strip_suffix('|')) else { return Vec::new() };
    let bars = row.replace("\\|", "\u{0}");
    bars.split('|').map(|cell| cell.trim().replace('\u{0}', "\\|")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_has_five_cells_and_a_cell_may_have_a_bar() {
        assert_eq!(cells("| a | `b \\| c` | |"), ["a", "`b \\| c`", ""]);
        let row = "| R01 | one owner | compiler | `moves` | |\n";
        assert_eq!(rule_rows(row).unwrap()[0].folder, "moves");
        assert!(rule_rows(&row.replace(" | |", "")).unwrap_err().contains("not five cells"));
    }
}
