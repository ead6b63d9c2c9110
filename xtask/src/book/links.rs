//! Checks the links of the generated pages, without mdBook: pages, ids, and files of the repository.

use super::markdown::{ids, links};
use super::{Book, REPOSITORY};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Returns each link of the book that leads nowhere, and each page that the summary does not name.
pub(crate) fn problems(book: &Book, root: &Path) -> Vec<String> {
    let ids: BTreeMap<&str, BTreeSet<String>> =
        book.pages.iter().map(|(name, text)| (name.as_str(), ids(text))).collect();
    let mut problems = Vec::new();
    let mut listed = BTreeSet::from(["SUMMARY.md".to_owned()]);
    for (name, text) in &book.pages {
        let (targets, undefined) = links(text);
        problems.extend(undefined.iter().map(|link| format!("{name}: does not say where `{link}` leads")));
        for target in targets {
            if let Err(problem) = find(&ids, root, name, &target) {
                problems.push(format!("{name}: the link to `{target}`: {problem}"));
            }
            if name == "SUMMARY.md" {
                listed.insert(target);
            }
        }
    }
    let lost = book.pages.keys().filter(|name| !listed.contains(*name));
    problems.extend(lost.map(|name| format!("{name}: is not in the summary")));
    problems
}

/// Checks that a link of the page `name` leads to an id of a page, or to a file of the repository. A link to another
/// site is not followed.
fn find(ids: &BTreeMap<&str, BTreeSet<String>>, root: &Path, name: &str, target: &str) -> Result<(), String> {
    let (path, id) = target.split_once('#').unwrap_or((target, ""));
    if let Some(path) = path.strip_prefix(REPOSITORY) {
        let exists = root.join(path).exists();
        return if exists { Ok(()) } else { Err(format!("the repository has no {path}")) };
    }
    if path.starts_with("https://") {
        return Ok(());
    }
    let page = if path.is_empty() { name.to_owned() } else { resolve(name, path) };
    match ids.get(page.as_str()) {
        Some(ids) if id.is_empty() || ids.contains(id) => Ok(()),
        Some(_) => Err(format!("{page} has no id `{id}`")),
        None => Err(format!("the book has no page {page}")),
    }
}

/// Returns the path of what the page `name` links to as `path`.
pub(crate) fn resolve(name: &str, path: &str) -> String {
    let mut parts: Vec<&str> = name.split('/').collect();
    parts.pop();
    for part in path.split('/') {
        match part {
            ".." => drop(parts.pop()),
            "." => {}
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::root;

    /// Pages of the book, each with what is added to it and a part of the problem that has to be found.
    const BROKEN: &[(&str, &str, &str)] = &[
        ("glossary.md", "[a](nowhere.md)", "the book has no page nowhere.md"),
        ("glossary.md", "[a](rules.md#nothing)", "rules.md has no id `nothing`"),
        ("glossary.md", "[a](#nothing)", "glossary.md has no id `nothing`"),
        ("glossary.md", "[a][nothing]", "does not say where `nothing` leads"),
        ("glossary.md", "\n\n[name]: away.md\n", "the book has no page away.md"),
        ("glossary.md", "<a href=\"../above.md\">a</a>", "the book has no page above.md"),
        ("rules/r01.md", "[a](glossary.md)", "the book has no page rules/glossary.md"),
        ("rules/r01.md", "[a](crate::Owned)", "the book has no page rules/crate::Owned"),
        ("rules/r01.md", "[a](https://github.com/ref-rs/ref/blob/main/gone.rs)", "the repository has no gone.rs"),
        ("rules/r99.md", "# Nothing links here", "rules/r99.md: is not in the summary"),
    ];

    #[test]
    fn a_link_that_leads_nowhere_is_found() {
        let root = root().unwrap();
        let mut book = Book::generate(root).unwrap();
        for (name, text, _) in BROKEN {
            book.pages.entry((*name).to_owned()).or_default().push_str(&format!("\n\n{text}\n"));
        }
        let found = problems(&book, root);
        for (name, text, expected) in BROKEN {
            let is_there = |problem: &String| problem.starts_with(*name) && problem.contains(expected);
            assert!(found.iter().any(is_there), "`{text}`: expected `{expected}`, found {found:#?}");
        }
        assert_eq!(found.len(), BROKEN.len(), "{found:#?}");
    }

    #[test]
    fn a_path_is_resolved_beside_its_page() {
        assert_eq!(resolve("rules/r01.md", "../rules.md"), "rules.md");
        assert_eq!(resolve("rules/r01.md", "r02.md"), "rules/r02.md");
        assert_eq!(resolve("index.md", "./rules/r02.md"), "rules/r02.md");
    }
}
