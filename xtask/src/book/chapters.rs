//! The chapters: the front page of the repository and the pages of `docs/`, with links that hold in the book.

use super::REPOSITORY;
use super::markdown::{headings, id, map_prose, prose, section};
use super::source::Rule;
use super::table::cells;
use std::collections::BTreeMap;

/// Returns the files of the guide's pages, in the order of `ref-core/src/guide.rs`.
pub(crate) fn order(guide: &str) -> Vec<&str> {
    let pages = guide.lines().filter_map(|line| line.trim().strip_suffix("\",")?.split_once(" = \""));
    pages.map(|(_, file)| file).collect()
}

/// What ids and names of items lead to.
pub(crate) struct Addresses {
    /// The address of each rule and of each invariant.
    rules: BTreeMap<String, String>,
    /// The address of each item that the page `api.md` has a section for.
    items: BTreeMap<String, String>,
}

impl Addresses {
    pub(crate) fn new(rules: &[Rule], table: &str, api: &str) -> Self {
        let of_rules = rules.iter().map(|rule| (rule.id.clone(), rule.page()));
        let of_invariants = invariants(table).map(|id| (id.clone(), format!("rules.md#{}", id.to_lowercase())));
        let items = headings(api).into_iter().filter(|heading| heading.starts_with('`'));
        let items = items.map(|heading| {
            let name = heading.trim_start_matches('`').split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
            (name.to_owned(), format!("api.md#{}", id(heading)))
        });
        Self { rules: of_rules.chain(of_invariants).collect(), items: items.collect() }
    }

    /// Returns a page with its links made to hold in the book, and with a link at each id of a rule or an invariant.
    /// `up` leads from the page to the book's root.
    pub(crate) fn hold(&self, page: &str, up: &str) -> String {
        let page = map_prose(page, |prose| self.targets(prose, up));
        let mut linked = String::new();
        let mut at = 0;
        for range in prose(&page) {
            for (start, word) in words(&page[range.clone()]) {
                let start = range.start + start;
                if let Some(address) = self.rules.get(word).filter(|_| is_plain(&page, start, word)) {
                    linked.push_str(&page[at..start]);
                    linked.push_str(&format!("[{word}]({up}{address})"));
                    at = start + word.len();
                }
            }
        }
        linked + &page[at..]
    }

    /// Returns prose with the targets of its links changed: those to `docs/`, to a rule, and to an item.
    fn targets(&self, prose: &str, up: &str) -> String {
        let mut prose = prose.replace(&format!("{REPOSITORY}docs/"), up);
        let of_rules = self.rules.iter().filter(|_| prose.contains("rules.md#"));
        for (id, address) in of_rules.collect::<Vec<_>>() {
            for end in [")", "\n"] {
                prose = prose.replace(&format!("rules.md#{}{end}", id.to_lowercase()), &format!("{address}{end}"));
            }
        }
        let mut parts = prose.split("](crate::");
        let mut changed = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let (path, rest) = part.split_once(')').unwrap_or((part, ""));
            let address = path.rsplit("::").find_map(|name| self.items.get(name));
            let target = address.map_or_else(|| format!("crate::{path}"), |address| format!("{up}{address}"));
            changed.push_str(&format!("]({target}){rest}"));
        }
        changed
    }
}

/// Returns the words of a text, each with its place.
fn words(text: &str) -> Vec<(usize, &str)> {
    let mut words = Vec::new();
    let mut at = 0;
    for word in text.split(|c: char| !c.is_ascii_alphanumeric()) {
        words.push((at, word));
        at += word.len() + text[at + word.len()..].chars().next().map_or(0, char::len_utf8);
    }
    words
}

/// Returns whether a word of the page is neither in a heading, in the text or the definition of a link, nor a part of a
/// longer name.
fn is_plain(page: &str, start: usize, word: &str) -> bool {
    let line = page[..start].rfind('\n').map_or(0, |end| end + 1);
    let before = &page[line..start];
    let is_in_link = before.matches('[').count() > before.matches(']').count();
    let begins = before.is_empty() || before.ends_with([' ', '(']);
    let ends = !page[start + word.len()..].starts_with(['_', '-', ']', '`']);
    begins && ends && !is_in_link && !before.starts_with(['#', '['])
}

/// Returns the ids of the invariants in `docs/rules.md`.
fn invariants(table: &str) -> impl Iterator<Item = String> {
    table.lines().filter(|line| line.starts_with("| I")).filter_map(|line| cells(line).into_iter().next())
}

/// Returns the page of the rules without the reasons, since the page of each rule has its own, and with an id at each
/// invariant.
pub(crate) fn table_of_rules(page: &str) -> String {
    let mut table = page.to_owned();
    if let Some(why) = section(page, "## Why") {
        table = table.replace(&format!("## Why\n{why}"), "");
    }
    for id in invariants(page) {
        let anchor = format!("\n| <a id=\"{}\"></a>{id} |", id.to_lowercase());
        table = table.replace(&format!("\n| {id} |"), &anchor);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_and_links_hold_in_the_book() {
        let table = "| I1 | one writer |\n";
        let rule = Rule {
            id: "R07".into(),
            sentence: String::new(),
            checks: String::new(),
            between: String::new(),
            why: String::new(),
        };
        let addresses = Addresses::new(&[rule], table, "### `Owned<T>`\n");
        let blob = format!("{REPOSITORY}docs/");
        let cases = [
            ("(R07, I1) `R07` R07_x R99", "([R07](../rules/r07.md), [I1](../rules.md#i1)) `R07` R07_x R99"),
            ("# R07\n\n[see R07](x.md)", "# R07\n\n[see R07](x.md)"),
            ("[`take`](crate::Owned::take)", "[`take`](../api.md#ownedt)"),
            ("[a](crate::Gone)", "[a](crate::Gone)"),
            (&format!("[R07]: {blob}rules.md#r07\n"), "[R07]: ../rules/r07.md\n"),
            (&format!("[f]: {blob}failure.md\n"), "[f]: ../failure.md\n"),
        ];
        for (page, expected) in cases {
            assert_eq!(addresses.hold(page, "../"), expected);
        }
    }
}
