//! What the compiler says, as HTML in the colours of rustc in a terminal. The `.stderr` of a case has the text only, so
//! the colours are found by the form of the lines.

use super::program::{code, span};

/// The lines of a snippet that are longer than this are broken at spaces.
const LONG: usize = 96;

/// Returns the compiler's text as HTML.
pub(crate) fn html(text: &str, label: &str) -> String {
    let mut marks = Marks::default();
    let lines: String = text.lines().map(|line| marks.line(line)).collect();
    format!("<pre class=\"words\">{}</pre>\n", code(label, &lines))
}

/// The colour of each column of the snippet that is being read, by the marks of the lines before.
#[derive(Default)]
struct Marks {
    columns: Vec<&'static str>,
    /// The colour of `^`, which is that of the error, note or help that the snippet belongs to.
    primary: &'static str,
}

impl Marks {
    /// Returns one line as HTML.
    fn line(&mut self, line: &str) -> String {
        let (class, html) = self.parts(line);
        format!("<span class=\"{class}\">{html}\n</span>")
    }

    /// Returns the class of a line and its content as HTML.
    fn parts(&mut self, line: &str) -> (&'static str, String) {
        if let Some((class, html)) = title(line) {
            self.primary = class;
            return ("line said", html);
        }
        let gutter = line.find(|c: char| c != ' ' && !c.is_ascii_digit()).unwrap_or(line.len());
        let (before, rest) = line.split_at(gutter);
        if let Some(path) = rest.strip_prefix("--> ").or_else(|| rest.strip_prefix("::: ")) {
            self.columns.clear();
            let arrow = &rest[..rest.len() - path.len()];
            return ("line", span("blue", &format!("{before}{arrow}")) + &span("", path));
        }
        if let Some(note) = rest.strip_prefix("= ") {
            let (kind, text) = note.split_once(": ").unwrap_or(("", note));
            let kind = if kind.is_empty() { String::new() } else { span("bold", kind) + ": " };
            return ("line said", span("blue", &format!("{before}= ")) + &kind + &span("", text));
        }
        let Some(snippet) = rest.strip_prefix('|') else {
            return ("line", self.suggestion(line));
        };
        let bar = span("blue", &format!("{before}|"));
        if before.trim().is_empty() && self.is_annotation(snippet) {
            let class = if line.len() > LONG { "line said" } else { "line" };
            return (class, bar + &self.annotation(snippet));
        }
        self.columns.clear();
        ("line", bar + &span("", snippet))
    }

    /// Returns whether a line without a number has marks or labels. The standard library's and this crate's own lines
    /// have no number either.
    fn is_annotation(&self, snippet: &str) -> bool {
        let start = snippet.find(|c: char| c != ' ').unwrap_or_default();
        let begins = snippet[start..].starts_with(['^', '-', '+', '~', '|']) && !snippet[start..].starts_with("->");
        begins || self.columns.get(start).is_some_and(|colour| !colour.is_empty())
    }

    /// Returns a line with marks or labels as HTML. A mark gives its colour to the label right of the mark, and to what
    /// stands below the mark in later lines.
    fn annotation(&mut self, snippet: &str) -> String {
        let characters: Vec<char> = snippet.chars().collect();
        self.columns.resize(self.columns.len().max(characters.len()), "");
        let mut colours = Vec::with_capacity(characters.len());
        let mut colour = "";
        for (at, &c) in characters.iter().enumerate() {
            let before = |distance: usize| at.checked_sub(distance).map_or(' ', |at| characters[at]);
            let begins = before(1) == ' ';
            let mark = match c {
                '^' => Some(self.primary),
                '-' if begins || before(1) == '-' && colour == "blue" => Some("blue"),
                '+' | '~' if begins || before(1) == c => Some("green"),
                '|' if begins => Some(self.columns[at]),
                _ => None,
            };
            if let Some(mark) = mark {
                colour = mark;
                self.columns[at] = mark;
            } else if c != ' ' && begins && before(2) == ' ' && !self.columns[at].is_empty() {
                colour = self.columns[at];
            }
            colours.push(colour);
        }
        spans(&characters, &colours)
    }

    /// Returns a line of a suggestion, whose removed lines begin with `-` and whose added lines with `+`, as HTML.
    fn suggestion(&mut self, line: &str) -> String {
        self.columns.clear();
        let digits =
            line.trim_start().find(' ').filter(|_| line.trim_start().starts_with(|c: char| c.is_ascii_digit()));
        let Some(digits) = digits else { return span("", line) };
        let (number, rest) = line.split_at(line.len() - line.trim_start().len() + digits);
        let class = match rest.trim_start().chars().next() {
            Some('-') => "red",
            Some('+' | '~') => "green",
            _ => "",
        };
        span("blue", number) + &span(class, rest)
    }
}

/// Returns a line as HTML, with one `<span>` for neighbours of one colour.
fn spans(characters: &[char], colours: &[&str]) -> String {
    let mut html = String::new();
    let mut start = 0;
    for end in 1..=characters.len() {
        if end == characters.len() || colours[end] != colours[start] {
            html.push_str(&span(colours[start], &characters[start..end].iter().collect::<String>()));
            start = end;
        }
    }
    html
}

/// Returns the colour and the HTML of a line that begins an error, a note or a help.
fn title(line: &str) -> Option<(&'static str, String)> {
    let (kind, text) = line.split_once(": ")?;
    let class = match kind {
        "error" => "red",
        "note" => "green",
        "help" => "cyan",
        kind if kind.starts_with("error[") && kind.ends_with(']') => "red",
        _ => return None,
    };
    let text = if class == "red" { span("bold", &format!(": {text}")) } else { span("", &format!(": {text}")) };
    Some((class, span(class, kind) + &text))
}

#[cfg(test)]
mod tests {
    use super::super::html::text;
    use super::*;

    const WORDS: &str = "error[E0499]: cannot borrow `count` as mutable more than once at a time
  --> fail/aliasing/a_case.rs:12:19
   |
12 |         kept.push(count.borrow_mut()?);
   |         ----      ^^^^^ `count` was mutably borrowed here
   |         |
   |         first borrow used here, in later iteration of loop
   = note: expected `a<b>`
note: required by a bound
  --> $WORKSPACE/ref-core/src/handle/make.rs
   |
   |     pub fn put<T: Stored>(&self) -> Result<Owned<T>> {
   |                   ^^^^^^ required by this bound
";

    #[test]
    fn labels_have_the_colours_of_their_marks() {
        let html = html(WORDS, "what the compiler says");
        let is_there = |part: &str| assert!(html.contains(part), "{part} is not in {html}");
        is_there("<span class=\"red\">error[E0499]</span>");
        is_there("<span class=\"red\">^^^^^ `count` was mutably borrowed here</span>");
        is_there("<span class=\"blue\">|</span>\n");
        is_there("<span class=\"blue\">first borrow used here, in later iteration of loop</span>");
        is_there("</span>     pub fn put&lt;T: Stored&gt;(&amp;self) -&gt; Result&lt;Owned&lt;T&gt;&gt; {\n");
        is_there("<span class=\"green\">^^^^^^ required by this bound</span>");
        assert_eq!(text(&html), WORDS.to_owned() + "\n");
    }
}
