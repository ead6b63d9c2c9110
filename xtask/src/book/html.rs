//! Checks the pages that mdBook has made: their links, and that text and code can be read without a script.

use super::Book;
use super::source::read;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Returns what is wrong with the pages in `folder`, which mdBook made of `book`.
pub(crate) fn problems(folder: &Path, book: &Book) -> Result<Vec<String>, String> {
    let mut pages = BTreeMap::new();
    for name in book.pages.keys().filter(|name| *name != "SUMMARY.md") {
        let name = name.replace(".md", ".html");
        pages.insert(name.clone(), main_of(&read(&folder.join(&name))?).to_owned());
    }
    let ids: BTreeMap<&str, BTreeSet<&str>> =
        pages.iter().map(|(name, page)| (name.as_str(), attributes(page, "id").collect())).collect();
    let mut problems = Vec::new();
    for (name, page) in &pages {
        for target in attributes(page, "href").filter(|target| !target.contains("://")) {
            if let Err(problem) = find(folder, &ids, name, target) {
                problems.push(format!("{name}: the link to `{target}`: {problem}"));
            }
        }
    }
    for (name, markdown) in book.pages.iter().filter(|(name, _)| name.starts_with("rules/")) {
        let shown = pages.get(&name.replace(".md", ".html")).map(|page| text(page)).unwrap_or_default();
        let written = markdown.split("<pre").skip(1).filter_map(|rest| rest.split_once('>')?.1.split("</pre>").next());
        let missing = written.map(text).filter(|written| !shown.contains(written.as_str()));
        problems.extend(missing.map(|missing| format!("{name}: cannot be read without a script: {missing}")));
    }
    Ok(problems)
}

/// Checks that a link of the page `name` leads to an id of a page, or to a file.
fn find(folder: &Path, ids: &BTreeMap<&str, BTreeSet<&str>>, name: &str, target: &str) -> Result<(), String> {
    let (path, id) = target.split_once('#').unwrap_or((target, ""));
    let page = if path.is_empty() { name.to_owned() } else { super::links::resolve(name, path) };
    match ids.get(page.as_str()) {
        Some(ids) if id.is_empty() || ids.contains(id) => Ok(()),
        Some(_) => Err(format!("{page} has no id `{id}`")),
        None if folder.join(&page).is_file() => Ok(()),
        None => Err(format!("there is no {page}")),
    }
}

/// Returns the part of a page between its `<main>` and `</main>`: the rest is the frame that mdBook adds.
fn main_of(page: &str) -> &str {
    let start = page.find("<main>").unwrap_or(0);
    let end = page.rfind("</main>").unwrap_or(page.len());
    &page[start..end.max(start)]
}

/// Returns the values of an attribute in a text of HTML.
fn attributes<'a>(page: &'a str, name: &str) -> impl Iterator<Item = &'a str> + use<'a> {
    let start = format!(" {name}=\"");
    let parts: Vec<&str> = page.split(start.as_str()).skip(1).collect();
    parts.into_iter().filter_map(|rest| rest.split('"').next())
}

/// Returns the text of HTML, without its tags and with its entities read.
pub(crate) fn text(html: &str) -> String {
    let mut parts = html.split('<');
    let first = parts.next().unwrap_or_default().to_owned();
    let text = parts.fold(first, |text, part| text + part.split_once('>').map_or("", |(_, after)| after));
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#39;", "'").replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lost_id_and_a_lost_program_are_found() {
        let folder = std::env::temp_dir().join(format!("ref-book-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("rules")).unwrap();
        let markdown = "<pre class=\"program\"><code>let a = &amp;b;</code></pre>";
        let pages = ["index.md", "rules/r01.md"].map(|name| (name.to_owned(), markdown.to_owned()));
        let book = Book { pages: BTreeMap::from(pages) };
        let found = |rule: &str| {
            let front = "<nav href=\"gone.html\"></nav><main><a href=\"rules/r01.html#here\">a</a></main>";
            std::fs::write(folder.join("index.html"), front).unwrap();
            std::fs::write(folder.join("rules/r01.html"), rule).unwrap();
            problems(&folder, &book).unwrap()
        };
        let sound = "<main><h1 id=\"here\">a</h1><pre><code><span>let</span> a = &amp;b;</code></pre></main>";
        assert_eq!(found(sound), Vec::<String>::new());
        let moved = found(&sound.replace("here", "there"));
        assert!(moved.len() == 1 && moved[0].contains("rules/r01.html has no id `here`"), "{moved:?}");
        let lost = found(&sound.replace("&amp;b", "<script>b</script>"));
        assert!(lost.len() == 1 && lost[0].contains("cannot be read without a script: let a = &b;"), "{lost:?}");
        let led_away = found(&sound.replace("<h1", "<a href=\"gone.css\">x</a><h1"));
        assert!(led_away.len() == 1 && led_away[0].contains("there is no rules/gone.css"), "{led_away:?}");
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
