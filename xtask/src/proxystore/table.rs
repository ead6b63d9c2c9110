//! The table of `docs/from-proxystore.md` that has our tests beside each of ProxyStore's tests and each program of
//! `course/python`.

use std::collections::{BTreeMap, BTreeSet};

/// How the table's head begins.
const HEAD: &str = "| theirs |";
/// How the name of a UI case begins.
const CASE: &str = "ui-tests/";

/// A row: tests or programs with ProxyStore, and the tests and UI cases that hold the same, or the opposite, here.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) theirs: Vec<String>,
    pub(super) ours: Vec<String>,
}

/// Returns the rows of the table.
pub(super) fn rows(page: &str) -> Result<Vec<Row>, String> {
    let lines = page.lines().skip_while(|line| !line.starts_with(HEAD)).skip(2);
    let mut rows = Vec::new();
    for line in lines.take_while(|line| line.starts_with('|')) {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").collect();
        let [theirs, _here, ours] = cells[..] else { return Err(format!("not three cells: {line}")) };
        rows.push(Row { theirs: quoted(theirs), ours: quoted(ours) });
    }
    let without = rows.iter().filter(|row| row.ours.is_empty() || row.theirs.is_empty()).count();
    if rows.is_empty() || without > 0 {
        return Err(format!("docs/from-proxystore.md: {} rows with tests, and {without} without", rows.len()));
    }
    Ok(rows)
}

fn quoted(cell: &str) -> Vec<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// Returns the names of the tests in a file of ProxyStore.
pub(super) fn tests_of(text: &str) -> Vec<String> {
    let name = |line: &str| {
        let line = line.strip_prefix("async ").unwrap_or(line);
        line.strip_prefix("def ").filter(|rest| rest.starts_with("test_"))?.split('(').next().map(str::to_owned)
    };
    text.lines().filter_map(name).collect()
}

/// Returns an error that names each of `theirs` that has no row, and each name in a row that is not one of `theirs`.
pub(super) fn complete(rows: &[Row], theirs: &[String]) -> Result<(), String> {
    let named: Vec<&String> = rows.iter().flat_map(|row| &row.theirs).collect();
    let missing = theirs.iter().filter(|test| !named.contains(test)).map(|test| format!("no row for {test}"));
    let foreign = named.iter().filter(|test| !theirs.contains(test)).map(|test| format!("{test} is none of them"));
    let wrong: Vec<String> = missing.chain(foreign).collect();
    if wrong.is_empty() { Ok(()) } else { Err(format!("docs/from-proxystore.md: {}", wrong.join(", "))) }
}

/// Returns our tests, by the program that has them, and our UI cases, each once.
pub(super) fn ours(rows: &[Row]) -> (BTreeMap<String, BTreeSet<String>>, BTreeSet<String>) {
    let (mut tests, mut cases): (BTreeMap<String, BTreeSet<String>>, _) = (BTreeMap::new(), BTreeSet::new());
    for name in rows.iter().flat_map(|row| &row.ours) {
        if let Some(case) = name.strip_prefix(CASE) {
            cases.insert(case.to_owned());
        } else if let Some((place, test)) = name.split_once("::") {
            tests.entry(program(place).to_owned()).or_default().insert(test.to_owned());
        }
    }
    (tests, cases)
}

/// Returns the test program of a place, as the documents name places.
fn program(place: &str) -> &str {
    match place {
        "calling" => "remote",
        "exclusive" | "keys" | "owner" | "shared" => "handles",
        program => program,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "\
| theirs | here | by |
|---|---|---|
| `test_a`, `test_b` | E0382 | `ui-tests/fail/moves/a.rs`, `owner::it_is_so` |
| `test_c` | the same | `fork::it_is_so_too` |

| other | table |
";

    #[test]
    fn rows_are_read_and_compared_with_their_tests() {
        let rows = rows(PAGE).unwrap();
        assert_eq!(rows.len(), 2);
        let theirs =
            tests_of("def test_a() -> None:\n    pass\nasync def test_b(\ndef helper():\ndef test_c(store):\n");
        assert_eq!(complete(&rows, &theirs), Ok(()));
        let told = complete(&rows, &["test_a", "test_b", "test_d"].map(str::to_owned)).unwrap_err();
        assert!(told.ends_with("no row for test_d, test_c is none of them"), "{told}");
        let (tests, cases) = ours(&rows);
        assert_eq!(cases, BTreeSet::from(["fail/moves/a.rs".to_owned()]));
        assert_eq!(tests["handles"], BTreeSet::from(["it_is_so".to_owned()]));
        assert_eq!(tests["fork"], BTreeSet::from(["it_is_so_too".to_owned()]));
    }

    #[test]
    fn a_row_without_a_test_is_an_error() {
        assert!(rows("| theirs | here | by |\n|---|---|---|\n| `test_a` | none | |\n").is_err());
        assert!(rows("no table").is_err());
    }
}
