//! Checks `docs/catalogue.md`: each case stands in a cell, each method of a handle in the table of methods, and no cell
//! is empty. In the book, the name of a case is a link to its programs.

use super::markdown::{headings, section};
use super::source::Example;
use super::table::cells;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// The first cells of the tables that are no grids.
const NO_GRIDS: [&str; 2] = ["handle", "case"];

/// The modules of `docs/api.md` that have handles.
const MODULES: [&str; 2] = ["## `ref_core`", "## `ref_core::remote`"];

/// Types of these modules whose methods are of no handle, as the catalogue says.
const NO_HANDLES: [&str; 10] = [
    "Digest",
    "Error",
    "ErrorKind",
    "FencingToken",
    "Schema",
    "Stored",
    "StoreOptions",
    "Builder",
    "MapIn",
    "WorkerStats",
];

/// Returns what is wrong with the catalogue `page`. `api` is the page of public items, and `passes` says whether there
/// is a twin of that name, such as `pass/moves/clone_a_ref_to_pass_it_on`.
pub(crate) fn problems(page: &str, api: &str, examples: &[Example], passes: impl Fn(&str) -> bool) -> Vec<String> {
    let cases: BTreeSet<String> = examples.iter().map(name).collect();
    let rows = page.lines().filter(|line| line.starts_with('|'));
    let named: BTreeSet<String> = rows.flat_map(quoted).filter(|word| is_path(word)).map(str::to_owned).collect();
    let mut problems = Vec::new();
    for name in &named {
        let exists = if name.starts_with("pass/") { passes(name) } else { cases.contains(name) };
        if !exists {
            problems.push(format!("docs/catalogue.md: there is no case `{name}`"));
        }
    }
    for case in cases.difference(&named) {
        problems.push(format!("docs/catalogue.md: `{case}` stands in no cell"));
    }
    problems.extend(grids(page).into_iter().map(|problem| format!("docs/catalogue.md: {problem}")));
    problems.extend(methods(page, api).into_iter().map(|problem| format!("docs/catalogue.md: {problem}")));
    problems
}

/// Returns the page with a link at the name of each case, to the case's programs on the page of its rule.
pub(crate) fn linked(page: &str, examples: &[Example], address: impl Fn(&Example) -> String) -> String {
    examples.iter().fold(page.to_owned(), |page, example| {
        let name = name(example);
        page.replace(&format!("`{name}`"), &format!("[`{name}`]({})", address(example)))
    })
}

/// Returns a case's name with its folder, such as `moves/a_lease_after_its_commit`.
fn name(example: &Example) -> String {
    example.path.trim_start_matches("ui-tests/fail/").trim_end_matches(".rs").to_owned()
}

/// Returns what stands between backquotes.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// Returns whether a text is the name of a case: lower-case words with `/` between.
fn is_path(text: &str) -> bool {
    let is_word =
        |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || "_0123456789".contains(c));
    text.contains('/') && text.split('/').all(is_word)
}

/// Returns each cell of a grid that names no case, is not legal by a twin or a test, and is not out of scope with a
/// reason.
fn grids(page: &str) -> Vec<String> {
    let (mut problems, mut is_grid, mut is_head) = (Vec::new(), false, true);
    for line in page.lines() {
        if !line.starts_with('|') {
            is_head = true;
            continue;
        }
        let row = cells(line);
        let first = row.first().map(String::as_str).unwrap_or_default();
        if is_head {
            (is_grid, is_head) = (!NO_GRIDS.contains(&first), false);
        } else if is_grid && !first.starts_with("---") {
            let wrong = row.iter().skip(1).filter(|cell| !says_something(cell));
            problems.extend(wrong.map(|cell| format!("`{first}`: a cell is no case, `legal:` or `out:`: `{cell}`")));
        }
    }
    problems
}

fn says_something(cell: &str) -> bool {
    let names = |what: &str| quoted(cell).any(|word| word.contains(what));
    match cell.split_once(": ") {
        Some(("legal", _)) => names("pass/") || names("::"),
        Some(("out", reason)) => !reason.is_empty(),
        _ => cell.starts_with('`') && quoted(cell).all(is_path),
    }
}

/// Compares the table of methods with the page of public items.
fn methods(page: &str, api: &str) -> Vec<String> {
    let table = section(page, "## The methods").unwrap_or_default();
    let found: BTreeMap<String, String> = table
        .lines()
        .filter(|line| line.starts_with("| `"))
        .map(|line| (cells(line)[0].trim_matches('`').to_owned(), line.to_owned()))
        .collect();
    let expected = expected(api);
    let mut problems = Vec::new();
    for (handle, row) in &expected {
        if found.get(handle) != Some(row) {
            problems.push(format!("the row of `{handle}` has to be\n    {row}"));
        }
    }
    let lost = found.keys().filter(|handle| !expected.contains_key(*handle));
    problems.extend(lost.map(|handle| format!("there is no handle `{handle}` with methods")));
    problems
}

/// Returns the row of each handle that has methods.
fn expected(api: &str) -> BTreeMap<String, String> {
    let mut rows = BTreeMap::new();
    for module in MODULES {
        let text = section(api, module).unwrap_or_default();
        for heading in headings(text).into_iter().filter(|heading| heading.starts_with('`')) {
            let handle = heading.trim_matches('`').split('<').next().unwrap_or_default();
            let members = section(text, &format!("### {heading}")).unwrap_or_default();
            let mut columns = [const { Vec::new() }; 4];
            for member in members.lines().filter_map(|line| line.strip_prefix("| `fn ")) {
                let name = member.split(['(', '<']).next().unwrap_or_default();
                columns[column(member)].push(format!("`{name}`"));
            }
            if !NO_HANDLES.contains(&handle) && columns.iter().any(|names| !names.is_empty()) {
                let mut row = format!("| `{handle}` |");
                for names in columns {
                    let _ = write!(row, " {} |", if names.is_empty() { "-".to_owned() } else { names.join(", ") });
                }
                rows.insert(handle.to_owned(), row);
            }
        }
    }
    rows
}

/// Returns the column of a method, by what it does with its handle: it makes one, reads, changes or takes it.
fn column(member: &str) -> usize {
    let first = member.split_once('(').map_or("", |(_, rest)| rest.split([',', ')']).next().unwrap_or_default());
    match first {
        "&self" | "&'env self" | "this: &Self" => 1,
        "&mut self" | "this: &mut Self" => 2,
        "self" | "this: Self" => 3,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::super::source;
    use super::*;
    use crate::run::root;

    /// Parts of the catalogue, what stands there instead, and a part of the problem that has to be found.
    const BROKEN: &[(&str, &str, &str)] = &[
        ("`moves/a_lease_after_its_commit`, ", "", "`moves/a_lease_after_its_commit` stands in no cell"),
        ("`copies/clone_a_lease`", "`copies/clone_a_lend`", "there is no case `copies/clone_a_lend`"),
        ("`pass/moves/clone_a_ref_to_pass_it_on`", "`pass/moves/clone_it`", "there is no case `pass/moves/clone_it`"),
        ("out: no method takes it", "", "a cell is no case"),
        ("legal: `pass/moves/redeem_two_shared_tickets`", "legal: it is", "a cell is no case"),
        ("`is_current`, `token`", "`token`", "the row of `Lease` has to be"),
        ("| `Watcher` |", "| `Waiter` |", "there is no handle `Waiter`"),
    ];

    #[test]
    fn what_the_catalogue_lacks_is_found() {
        let root = root().unwrap();
        let [page, api] = ["docs/catalogue.md", "docs/api.md"].map(|file| source::read(&root.join(file)).unwrap());
        let examples = source::examples(root).unwrap();
        let passes = |name: &str| root.join("ui-tests").join(name).with_extension("rs").exists();
        assert_eq!(problems(&page, &api, &examples, passes), Vec::<String>::new());
        for (part, instead, expected) in BROKEN {
            let found = problems(&page.replacen(part, instead, 1), &api, &examples, passes);
            assert!(found.iter().any(|problem| problem.contains(expected)), "`{part}`: {expected}: {found:#?}");
        }
    }
}
