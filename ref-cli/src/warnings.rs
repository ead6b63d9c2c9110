//! What may be wrong with a store.

use crate::list::process;
use crate::text::{self, age, plain, since};
use ref_core::inspect::{ObjectEntry, ObjectState};
use serde::Serialize;
use std::time::Duration;

/// The limits from which on `ref ls` and `ref top` warn, as arguments.
#[derive(clap::Args)]
pub(crate) struct LimitArguments {
    /// Warns of each borrow that has lasted for so long.
    #[arg(long, value_name = "TIME", default_value = "1m", value_parser = text::duration)]
    held: Duration,
    /// Warns of each detached object without a time whose version is so old.
    #[arg(long, value_name = "TIME", default_value = "1d", value_parser = text::duration)]
    kept: Duration,
    /// Warns of a store that has used so many percent of its room.
    #[arg(long, value_name = "PERCENT", default_value_t = 80, value_parser = clap::value_parser!(u64).range(1..=100))]
    full: u64,
}

impl From<&LimitArguments> for Limits {
    fn from(arguments: &LimitArguments) -> Self {
        let LimitArguments { held, kept, full } = *arguments;
        Self { held, kept, full }
    }
}

/// The limits from which on `ref ls` and `ref top` warn.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// How long an object is borrowed.
    pub(crate) held: Duration,
    /// How old the version of a detached object is.
    pub(crate) kept: Duration,
    /// How many percent of a store's room are used.
    pub(crate) full: u64,
}

#[derive(Debug, Serialize)]
pub(crate) struct Warning {
    /// `damaged`, `dead`, `held`, `kept` or `full`.
    pub(crate) kind: &'static str,
    /// The id of the object; `None` if the warning is about the store.
    object: Option<String>,
    text: String,
}

impl Warning {
    /// Returns the warning as a line for people.
    pub(crate) fn line(&self) -> String {
        let style = anstyle::AnsiColor::Yellow.on_default().bold();
        format!("{style}warning{style:#}: {}\n", self.plain())
    }

    /// Returns the warning without the word and without a style.
    pub(crate) fn plain(&self) -> String {
        let object = self.object.as_ref().map(|object| format!("{object} ")).unwrap_or_default();
        format!("{object}{}", plain(&self.text))
    }
}

/// Returns the warnings about an object.
pub(crate) fn of(entry: &ObjectEntry, limits: Limits) -> Vec<Warning> {
    let warn = |kind, text| Warning { kind, object: Some(entry.id.to_string()), text };
    let mut found: Vec<_> = entry.problem.iter().map(|problem| warn("damaged", problem.clone())).collect();
    for holder in entry.owner.iter().chain(&entry.holders).filter(|holder| !holder.is_alive) {
        let what = if entry.owner.as_ref() == Some(holder) { "is owned by" } else { "is borrowed by" };
        found.push(warn("dead", format!("{what} {}: `ref reap` takes it back", process(holder))));
    }
    for holder in entry.holders.iter().filter(|holder| holder.is_alive) {
        if let Some(held) = holder.process.since.map(since).filter(|held| *held >= limits.held) {
            let at = holder.process.at.as_ref().map(|at| format!(", taken at {at}")).unwrap_or_default();
            let access = holder.access;
            found.push(warn("held", format!("is borrowed ({access}) for {} by {}{at}", age(held), process(holder))));
        }
    }
    if entry.state == ObjectState::Detached
        && entry.time_left.is_none()
        && let Some(kept) = entry.written.map(since).filter(|kept| *kept >= limits.kept)
    {
        found.push(warn("kept", format!("is detached, and its version is {} old: `ref rm` removes it", age(kept))));
    }
    found
}

/// Returns a warning if the store's room for `what` is used up to the limit.
pub(crate) fn of_room(what: &str, used: usize, room: Option<u64>, limits: Limits) -> Option<Warning> {
    let room = room.filter(|room| *room > 0)?;
    let percent = used as u64 * 100 / room;
    let text = format!("the store has {used} {what} of {room} that it has room for, {percent} %");
    (percent >= limits.full).then_some(Warning { kind: "full", object: None, text })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_is_full_from_the_limit_on() {
        let limits = Limits { held: Duration::ZERO, kept: Duration::ZERO, full: 80 };
        assert!(of_room("objects", 79, Some(100), limits).is_none());
        assert!(of_room("objects", 80, Some(100), limits).is_some());
        assert!(of_room("objects", 80, None, limits).is_none());
    }
}
