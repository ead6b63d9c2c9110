//! Programs as HTML: coloured without a script, with line numbers, and with the difference of a repair marked.

use super::source::Program;

/// The words that are coloured as keywords.
const KEYWORDS: &[&str] = &[
    "as", "async", "await", "break", "const", "crate", "dyn", "else", "enum", "extern", "false", "fn", "for", "if",
    "impl", "in", "let", "loop", "match", "mod", "move", "mut", "pub", "ref", "return", "self", "Self", "static",
    "struct", "super", "trait", "true", "type", "unsafe", "use", "where", "while",
];

/// Returns a program as HTML. Each line has the number that it has in its file.
pub(crate) fn plain(program: &Program, label: &str) -> String {
    let lines: String = program.lines.iter().map(|line| element("span", line)).collect();
    let before = program.before;
    format!("<pre class=\"program\" style=\"counter-reset: line {before}\">{}</pre>\n", code(label, &lines))
}

/// Returns the repaired program as HTML, together with the lines of the failing program that the repair removes.
pub(crate) fn difference(failing: &Program, repaired: &Program, label: &str) -> String {
    let lines: String = changes(&failing.lines, &repaired.lines)
        .into_iter()
        .map(|change| match change {
            Change::Kept(line) => element("span", line),
            Change::Removed(line) => element("del", line),
            Change::Added(line) => element("ins", line),
        })
        .collect();
    format!("<pre class=\"program difference\">{}</pre>\n", code(label, &lines))
}

/// Returns the `<code>` of a `<pre>`. The element takes the focus, so that the keyboard can scroll the code. The class
/// `nohighlight` keeps mdBook's script from colouring the code again.
pub(crate) fn code(label: &str, lines: &str) -> String {
    format!("<code class=\"nohighlight hljs\" tabindex=\"0\" role=\"group\" aria-label=\"{label}\">{lines}</code>")
}

fn element(name: &str, line: &str) -> String {
    format!("<{name} class=\"line\">{}\n</{name}>", coloured(line))
}

/// A line of a failing program or of its repair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Change<'a> {
    Kept(&'a str),
    Removed(&'a str),
    Added(&'a str),
}

/// Returns the lines of both programs in order, by their longest common subsequence.
fn changes<'a>(before: &'a [String], after: &'a [String]) -> Vec<Change<'a>> {
    // `common[i][j]` is the length of the longest common subsequence of `before[i..]` and `after[j..]`.
    let mut common = vec![vec![0; after.len() + 1]; before.len() + 1];
    for i in (0..before.len()).rev() {
        for j in (0..after.len()).rev() {
            let skipped = common[i + 1][j].max(common[i][j + 1]);
            common[i][j] = if before[i] == after[j] { common[i + 1][j + 1] + 1 } else { skipped };
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut changes = Vec::new();
    while i < before.len() || j < after.len() {
        if i < before.len() && j < after.len() && before[i] == after[j] {
            changes.push(Change::Kept(&before[i]));
            (i, j) = (i + 1, j + 1);
        } else if i < before.len() && (j == after.len() || common[i + 1][j] >= common[i][j + 1]) {
            changes.push(Change::Removed(&before[i]));
            i += 1;
        } else {
            changes.push(Change::Added(&after[j]));
            j += 1;
        }
    }
    changes
}

/// Returns a line of Rust as HTML. The classes are those that mdBook's themes colour.
fn coloured(line: &str) -> String {
    let mut html = String::new();
    let mut rest = line;
    while let Some(first) = rest.chars().next() {
        let (length, class) = token(rest, first);
        let (text, after) = rest.split_at(length);
        html.push_str(&span(class, text));
        rest = after;
    }
    html
}

/// Returns the length of the token at the beginning of `rest`, and the class of its colour.
fn token(rest: &str, first: char) -> (usize, &'static str) {
    let word = |text: &str| text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    match first {
        '/' if rest.starts_with("//") => (rest.len(), "hljs-comment"),
        '"' => (string(rest), "hljs-string"),
        '#' if rest.starts_with("#[") => (rest.find(']').map_or(rest.len(), |end| end + 1), "hljs-meta"),
        '\'' => match rest[1..].find('\'') {
            Some(end)
                if rest[1..].chars().count() > 1 && end > 0 && end <= 4 && !rest[1..=end].contains([',', ' ', '>']) =>
            {
                (end + 2, "hljs-string")
            }
            _ => (1 + word(&rest[1..]), "hljs-symbol"),
        },
        c if c.is_ascii_digit() => (word(rest), "hljs-number"),
        c if c.is_alphabetic() || c == '_' => {
            let length = word(rest);
            let class = match &rest[..length] {
                text if KEYWORDS.contains(&text) => "hljs-keyword",
                text if text.starts_with(char::is_uppercase) => "hljs-type",
                _ if rest[length..].starts_with('!') && !rest[length..].starts_with("!=") => "hljs-built_in",
                _ => "",
            };
            (length, class)
        }
        c => (c.len_utf8(), ""),
    }
}

/// Returns the length of the string at the beginning of `rest`, up to its closing quote or the end of the line.
fn string(rest: &str) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        if c == '"' && !escaped {
            return at + 1;
        }
        escaped = c == '\\' && !escaped;
    }
    rest.len()
}

/// Returns the text in a `<span>` of the class, or the text alone if there is no class.
pub(crate) fn span(class: &str, text: &str) -> String {
    let text = escaped(text);
    if class.is_empty() { text } else { format!("<span class=\"{class}\">{text}</span>") }
}

/// Returns the text with the characters that mean something in HTML written as entities.
pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_has_all_lines_of_both_programs() {
        let lines = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let (before, after) = (lines("a b c d"), lines("a x c d e"));
        let expected = [
            Change::Kept("a"),
            Change::Removed("b"),
            Change::Added("x"),
            Change::Kept("c"),
            Change::Kept("d"),
            Change::Added("e"),
        ];
        assert_eq!(changes(&before, &after), expected);
    }

    #[test]
    fn colours_leave_the_text_as_it_is() {
        let line = r#"let c: &'a str = f::<'a, 'b>("a \"b\" // no comment", 'x', '\n', 1_u64); // <end>"#;
        let html = coloured(line);
        assert!(html.contains("<span class=\"hljs-comment\">// &lt;end&gt;</span>"), "{html}");
        assert!(
            html.contains("<span class=\"hljs-symbol\">'a</span>, <span class=\"hljs-symbol\">'b</span>"),
            "{html}"
        );
        assert!(html.contains("<span class=\"hljs-string\">'x'</span>"), "{html}");
        assert_eq!(super::super::html::text(&html), line);
    }
}
