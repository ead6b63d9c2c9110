//! JSON that is written piece by piece, up to a number of bytes.

use std::fmt::Display;

/// A text of JSON that is being written.
#[derive(Debug, Default)]
pub(super) struct JsonText {
    text: String,
    most: usize,
    open: Vec<Container>,
}

/// A list or an object that is not closed yet.
#[derive(Debug)]
struct Container {
    is_empty: bool,
    /// Whether the elements stand on one line.
    is_inline: bool,
    is_list: bool,
}

impl JsonText {
    pub(super) fn new(most: usize) -> Self {
        Self { most, ..Self::default() }
    }

    /// Returns an empty text that has the room which is left in this one.
    pub(super) fn beside(&self) -> Self {
        Self::new(self.most.saturating_sub(self.text.len()))
    }

    pub(super) fn finish(self) -> String {
        self.text
    }

    fn push(&mut self, text: &str) -> Result<(), String> {
        if self.text.len() + text.len() > self.most {
            return Err("the value has more JSON than `--most` permits".to_owned());
        }
        self.text.push_str(text);
        Ok(())
    }

    /// Writes what stands before an element of a list or a name in an object.
    fn begin_element(&mut self) -> Result<(), String> {
        let depth = self.open.len();
        let Some(container) = self.open.last_mut() else { return Ok(()) };
        let (is_first, is_inline) = (std::mem::replace(&mut container.is_empty, false), container.is_inline);
        match (is_first, is_inline) {
            (true, true) => Ok(()),
            (false, true) => self.push(", "),
            (true, false) => self.push(&format!("\n{}", "  ".repeat(depth))),
            (false, false) => self.push(&format!(",\n{}", "  ".repeat(depth))),
        }
    }

    fn begin_value(&mut self) -> Result<(), String> {
        // In an object, the name has begun the element.
        if self.open.last().is_some_and(|container| container.is_list) { self.begin_element() } else { Ok(()) }
    }

    /// Writes a value that is JSON already.
    pub(super) fn raw(&mut self, json: &str) -> Result<(), String> {
        self.begin_value()?;
        self.push(json)
    }

    pub(super) fn number(&mut self, number: impl Display) -> Result<(), String> {
        self.raw(&number.to_string())
    }

    /// Writes a number with a point. JSON has no infinity, and nothing that is not a number: these are texts.
    pub(super) fn float(&mut self, number: f64, short: String) -> Result<(), String> {
        match number {
            _ if number.is_finite() => self.raw(&short),
            _ if number.is_nan() => self.text("NaN"),
            _ if number > 0.0 => self.text("inf"),
            _ => self.text("-inf"),
        }
    }

    pub(super) fn text(&mut self, text: &str) -> Result<(), String> {
        self.raw(&quoted(text))
    }

    /// Opens a list. The elements of a list that is inline are short, and none is a list or an object.
    pub(super) fn open_list(&mut self, is_inline: bool) -> Result<(), String> {
        self.open(true, is_inline)
    }

    pub(super) fn open_object(&mut self) -> Result<(), String> {
        self.open(false, false)
    }

    fn open(&mut self, is_list: bool, is_inline: bool) -> Result<(), String> {
        self.begin_value()?;
        self.open.push(Container { is_empty: true, is_inline, is_list });
        self.push(if is_list { "[" } else { "{" })
    }

    /// Writes the name of the next value in an object. `name` is a JSON string.
    pub(super) fn name(&mut self, name: &str) -> Result<(), String> {
        self.begin_element()?;
        self.push(name)?;
        self.push(": ")
    }

    /// Closes the list or object that was opened last.
    pub(super) fn close(&mut self) -> Result<(), String> {
        let Some(closed) = self.open.pop() else { return Ok(()) };
        if !closed.is_empty && !closed.is_inline {
            self.push(&format!("\n{}", "  ".repeat(self.open.len())))?;
        }
        self.push(if closed.is_list { "]" } else { "}" })
    }
}

/// Returns the text as a JSON string, in which every control character is escaped: a terminal would obey it.
pub(super) fn quoted(text: &str) -> String {
    let json = serde_json::to_string(text).unwrap_or_default();
    if !json.chars().any(char::is_control) {
        return json;
    }
    let escaped = |letter: char| match letter.is_control() {
        true => format!("\\u{:04x}", u32::from(letter)),
        false => letter.to_string(),
    };
    json.chars().map(escaped).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_is_json_and_has_no_control_character() {
        let mut out = JsonText::new(1000);
        out.open_object().unwrap();
        out.name(&quoted("a\u{1b}\u{9b}")).unwrap();
        out.open_list(true).unwrap();
        out.number(1).unwrap();
        out.float(f64::NAN, String::new()).unwrap();
        out.close().unwrap();
        out.name("\"b\"").unwrap();
        out.open_list(false).unwrap();
        out.open_object().unwrap();
        out.close().unwrap();
        out.close().unwrap();
        out.close().unwrap();
        let text = out.finish();
        assert_eq!(text, "{\n  \"a\\u001b\\u009b\": [1, \"NaN\"],\n  \"b\": [\n    {}\n  ]\n}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap()["a\u{1b}\u{9b}"][0], 1);
        assert!(JsonText::new(3).text("ab").unwrap_err().contains("`--most`"));
    }
}
