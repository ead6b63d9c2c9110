//! Makes the page's text: one table for each module's items, and one for each item with members or with several traits.

use super::public::{Area, Entry};
use std::collections::BTreeSet;
use std::fmt::Write as _;

const HEAD: &str = "\
# The public API

Every public item of `ref-core` with all features, each with the first sentence of its documentation. The page is made
from the sources, by `cargo xtask api`, and `tests/tests/api/main.rs` compares the two. What a type implements is listed
as far as the sources say so outside of macros. The words are explained in the [Glossary][glossary].
";

const FOOT: &str = "\n[glossary]: glossary.md\n";

pub(crate) fn of(areas: &[Area]) -> String {
    let (mut page, mut shown) = (HEAD.to_owned(), BTreeSet::new());
    for area in areas {
        write(&mut page, area, &mut shown);
    }
    page + FOOT
}

/// Writes a module's part of the page. `shown` has the items whose members are on the page already: the members of an
/// item that is public in two modules are written once.
fn write<'a>(page: &mut String, area: &'a Area, shown: &mut BTreeSet<&'a str>) {
    let Area { path, says, entries } = area;
    let _ = write!(page, "\n## `{path}`\n");
    if !says.is_empty() {
        let _ = write!(page, "\n{says}\n");
    }
    page.push_str("\n| item | is | says |\n|---|---|---|\n");
    for entry in entries {
        let Entry { kind, shape, says, features, .. } = entry;
        let needs = match &features[..] {
            _ if says.contains("feature") => String::new(),
            [] => String::new(),
            features => format!(" (feature {})", features.join(", ")),
        };
        let _ = writeln!(page, "| `{}` | {kind} | {}{needs} |", cell(shape), cell(says));
    }
    for entry in entries.iter().filter(|entry| !entry.members.is_empty() || entry.traits.len() > 1) {
        if shown.insert(&entry.shape) {
            members(page, entry);
        }
    }
}

fn members(page: &mut String, entry: &Entry) {
    let _ = write!(page, "\n### `{}`\n\n| member | says |\n|---|---|\n", entry.shape);
    for (shape, says) in &entry.members {
        let _ = writeln!(page, "| `{}` | {} |", cell(shape), cell(says));
    }
    if !entry.traits.is_empty() {
        let _ = writeln!(page, "| *implements* | {} |", entry.traits.join(", "));
    }
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}
