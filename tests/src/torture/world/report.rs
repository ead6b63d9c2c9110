//! The report of a run.

use super::mounts::said;
use super::{Violation, World};
use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::fs;

/// The acts of a run, and the promises that were broken.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// How often each act was done.
    pub done: BTreeMap<String, u64>,
    /// The broken promises. The key is a kind of sentence (`kind`), and the value is how often the kind was seen, and
    /// its first sentence.
    pub violations: BTreeMap<String, (u64, Violation)>,
    /// The end of the processes' standard error.
    pub said: String,
}

const FILE: &str = "report";

impl Report {
    /// Reads the report that the driver has left. Returns `None` if there is none, or a figure is no number.
    pub(super) fn read(world: &World) -> Option<Self> {
        let text = fs::read_to_string(world.base().join(FILE)).ok()?;
        let text = text + &fs::read_to_string(world.tallies()).unwrap_or_default();
        let mut done = BTreeMap::new();
        for (what, number) in text.lines().filter_map(|line| line.rsplit_once(' ')) {
            *done.entry(what.to_owned()).or_default() += number.parse::<u64>().ok()?;
        }
        let mut violations = BTreeMap::new();
        for line in fs::read_to_string(world.violations()).unwrap_or_default().lines() {
            violations.entry(kind(line)).or_insert((0, line.to_owned())).0 += 1;
        }
        Some(Self { done, violations, said: said(world) })
    }

    /// Writes the figures down for [`read`](Self::read).
    pub(super) fn leave(world: &World, done: &BTreeMap<String, u64>) -> std::io::Result<()> {
        let mut text = String::new();
        for (what, number) in done {
            let _infallible = writeln!(text, "{what} {number}");
        }
        fs::write(world.base().join(FILE), text)
    }
}

/// Returns the kind of a sentence: its first 14 words, without numbers and without the standard error that it quotes.
fn kind(line: &str) -> String {
    let words = line
        .split(" after [")
        .next()
        .unwrap_or(line)
        .split(' ')
        .map(|word| if word.chars().any(|c| c.is_ascii_digit()) { "#" } else { word });
    words.take(14).collect::<Vec<_>>().join(" ")
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let done: Vec<_> = self.done.iter().map(|(what, number)| format!("{what} {number}")).collect();
        writeln!(f, "{}", done.join(", "))?;
        for (count, first) in self.violations.values() {
            writeln!(f, "{count} times: {first}")?;
        }
        match self.violations.is_empty() {
            true => write!(f, "nothing foreign was touched, nothing acknowledged was lost, nothing is left"),
            false => write!(f, "they said, at the end:\n{}", self.said),
        }
    }
}
