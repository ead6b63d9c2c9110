//! Finds the prose, the links and the headings of a page of Markdown, as far as the project's pages use Markdown.

use std::collections::BTreeSet;
use std::ops::Range;

/// Returns the ranges of `text` that are neither code nor a `<pre>`.
pub(crate) fn prose(text: &str) -> Vec<Range<usize>> {
    let mut ranges = Vec::new();
    let (mut start, mut at) = (0, 0);
    while let Some(found) = text[at..].find(['`', '<']) {
        at += found;
        if let Some(length) = code(text, at) {
            ranges.push(start..at);
            start = at + length;
        }
        at = start.max(at + 1);
    }
    ranges.push(start..text.len());
    ranges.retain(|range| !range.is_empty());
    ranges
}

/// Returns the length of the fenced block, the code between backquotes or the `<pre>` that begins at `at`.
fn code(text: &str, at: usize) -> Option<usize> {
    let rest = &text[at..];
    if rest.starts_with('<') {
        let is_pre = rest.starts_with("<pre");
        return is_pre.then(|| rest.find("</pre>").map_or(rest.len(), |end| end + "</pre>".len()));
    }
    let fence = &rest[..rest.len() - rest.trim_start_matches('`').len()];
    let line = text[..at].rfind('\n').map_or(0, |end| end + 1);
    let indent = &text[line..at];
    if fence.len() > 2 && indent.trim().is_empty() {
        let end = format!("\n{indent}{fence}");
        return Some(rest.find(&end).map_or(rest.len(), |at| at + end.len()));
    }
    let paragraph = rest.split("\n\n").next()?;
    paragraph[fence.len()..].find(fence).map(|end| end + 2 * fence.len())
}

/// Returns the text with each range of prose replaced by what `change` returns for it.
pub(crate) fn map_prose(text: &str, mut change: impl FnMut(&str) -> String) -> String {
    let mut changed = String::with_capacity(text.len());
    let mut at = 0;
    for range in prose(text) {
        changed.push_str(&text[at..range.start]);
        changed.push_str(&change(&text[range.clone()]));
        at = range.end;
    }
    changed.push_str(&text[at..]);
    changed
}

/// Returns the targets of the links of a page, and the names of links that the page does not define.
pub(crate) fn links(text: &str) -> (Vec<String>, Vec<String>) {
    let pieces: Vec<&str> = prose(text).into_iter().map(|range| &text[range]).collect();
    let mut targets = Vec::new();
    let mut names = BTreeSet::new();
    let mut defined = BTreeSet::new();
    for piece in &pieces {
        let inline = piece.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        targets.extend(inline.map(str::to_owned));
        let html = piece.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
        targets.extend(html.map(str::to_owned));
        names.extend(piece.split("][").skip(1).filter_map(|rest| rest.split(']').next()));
        for (name, target) in piece.lines().filter_map(definition) {
            defined.insert(name);
            targets.push(target.to_owned());
        }
    }
    (targets, names.into_iter().filter(|name| !defined.contains(name)).map(str::to_owned).collect())
}

/// Returns the name and the target of a line such as `[name]: target`.
fn definition(line: &str) -> Option<(&str, &str)> {
    let (name, target) = line.strip_prefix('[')?.split_once("]: ")?;
    Some((name, target.trim()))
}

/// Returns the ids of a page: those of its headings, as mdBook makes them, and those of its HTML elements.
pub(crate) fn ids(text: &str) -> BTreeSet<String> {
    let mut ids = BTreeSet::new();
    for heading in headings(text) {
        let id = id(heading);
        let nth = (1..).map(|nth| format!("{id}-{nth}"));
        let free = std::iter::once(id.clone()).chain(nth).find(|id| !ids.contains(id));
        ids.extend(free);
    }
    for range in prose(text) {
        let elements = text[range].split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next());
        ids.extend(elements.map(str::to_owned));
    }
    ids
}

/// Returns the texts of the headings of a page, in order.
pub(crate) fn headings(text: &str) -> Vec<&str> {
    let mut in_code = false;
    let lines = text.lines().filter(|line| {
        let is_fence = line.trim_start().starts_with("```");
        in_code ^= is_fence;
        !in_code && !is_fence
    });
    lines.filter_map(|line| line.trim_start_matches('#').strip_prefix(' ').filter(|_| line.starts_with('#'))).collect()
}

/// Returns the id that mdBook gives to a heading: its letters, digits, `_` and `-`, and a `-` for each space.
pub(crate) fn id(heading: &str) -> String {
    let kept = heading.trim().to_lowercase();
    let kept = kept.chars().filter_map(|c| match c {
        c if c.is_whitespace() => Some('-'),
        c => (c.is_alphanumeric() || c == '_' || c == '-').then_some(c),
    });
    kept.collect()
}

/// Returns what stands under a heading, up to the next heading of its level or above. The page has no code in which a
/// line begins with `#`.
pub(crate) fn section<'a>(text: &'a str, heading: &str) -> Option<&'a str> {
    let level = heading.chars().take_while(|&c| c == '#').count();
    let start = text.find(&format!("\n{heading}\n"))? + heading.len() + 2;
    let rest = &text[start..];
    let ends = (1..=level).filter_map(|level| rest.find(&format!("\n{} ", "#".repeat(level))));
    Some(&rest[..ends.min().unwrap_or(rest.len())])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_those_of_the_prose() {
        let page = "[a](b.md#c) `[d](e)` [`f`](g) <a href=\"h\">i</a> [j][k] [l][m]\n\n\
                    ```rust\n[n](o)\n```\n\n<pre>[p](q)</pre>\n\n[k]: r.md\n";
        let (targets, undefined) = links(page);
        assert_eq!(targets, ["b.md#c", "g", "h", "r.md"]);
        assert_eq!(undefined, ["m"]);
    }

    #[test]
    fn ids_are_those_of_mdbook() {
        let page = "# What `T: Stored` is\n\n## Twice\n\n## Twice\n\n```sh\n# no heading\n```\n\n<a id=\"here\"></a>\n";
        let expected = ["here", "twice", "twice-1", "what-t-stored-is"].map(str::to_owned);
        assert_eq!(ids(page), BTreeSet::from(expected));
    }

    #[test]
    fn a_section_ends_at_the_next_heading_of_its_level() {
        let page = "# A\n\n## B\n\nb\n\n### C\n\nc\n\n### D\n\nd\n\n## E\n\ne\n";
        assert_eq!(section(page, "## B"), Some("\nb\n\n### C\n\nc\n\n### D\n\nd\n"));
        assert_eq!(section(page, "### C"), Some("\nc\n"));
        assert_eq!(section(page, "## F"), None);
    }
}
