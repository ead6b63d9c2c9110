//! `ref reap` and `ref rm`: the commands that change a store. Each opens a session, in a store that was looked into
//! just before, so that a wrong address makes no store. A store that is removed between the look and the opening is made
//! anew, and empty: no call opens only a store that is there. `reap` and `rm` then find nothing in it.

use crate::fields::{FORMAT, json};
use crate::show::find;
use crate::text::{bytes, plain};
use crate::{Done, Place};
use ref_core::Store;
use ref_core::inspect::{Inspector, ObjectEntry, ObjectState};
use serde::Serialize;
use std::io::{IsTerminal as _, Write as _, stdin};

#[derive(Serialize)]
struct Reaped {
    format: u32,
    reaped: usize,
}

#[derive(Serialize)]
struct Removed {
    format: u32,
    removed: bool,
}

pub(crate) fn reap(place: &Place) -> Done {
    Inspector::open(&place.address).map_err(|error| error.to_string())?;
    let reaped = Store::open(&place.address).and_then(|store| store.reap()).map_err(|error| error.to_string())?;
    if place.json {
        return json(&Reaped { format: FORMAT, reaped });
    }
    Ok(format!("reclaimed from {reaped} dead sessions and expired tickets\n"))
}

pub(crate) fn remove(place: &Place, object: &str, is_sure: bool) -> Done {
    let store = Inspector::open(&place.address).map_err(|error| error.to_string())?;
    let entry = find(&store, object)?;
    if !matches!(entry.state, ObjectState::Detached | ObjectState::Published) {
        let why = match &entry.owner {
            Some(owner) => {
                format!("process {} owns it: end that process, or have it remove the object", owner.process.pid)
            }
            None => format!("it is {}: {}", entry.state, remedy(entry.state)),
        };
        return Err(format!("{} is not removed, since {why}", entry.id));
    }
    if !is_sure && !confirm(&entry)? {
        return Err(format!("{} is not removed", entry.id));
    }
    // The store may have been removed while the question was open.
    Inspector::open(&place.address).map_err(|error| error.to_string())?;
    let removed =
        Store::open(&place.address).map_err(|error| error.to_string()).and_then(|store| take(&store, &entry))?;
    if place.json {
        return json(&Removed { format: FORMAT, removed });
    }
    Ok(format!(
        "{}\n",
        if removed { format!("removed {}", entry.id) } else { format!("{} was gone already", entry.id) }
    ))
}

/// Removes the object that was shown, and returns whether it was there. The id of an object of this store is never that
/// of another one. An object of a store that was made anew at the address can have the same id: it is told from the one
/// that was shown by its name and type.
fn take(store: &Store, shown: &ObjectEntry) -> Result<bool, String> {
    let objects = store.objects().map_err(|error| error.to_string())?;
    let Some(entry) = objects.iter().find(|entry| entry.id == shown.id) else { return Ok(false) };
    if (&entry.name, &entry.type_name) != (&shown.name, &shown.type_name) {
        return Err(format!("{0} is not removed, since it has changed: `ref show` shows what {0} is now", entry.id));
    }
    store.remove_object(entry.id).map_err(|error| error.to_string())
}

/// Says what ends an object in this state that has no owner and cannot be removed.
fn remedy(state: ObjectState) -> &'static str {
    match state {
        ObjectState::Doomed => "it goes when its last holder gives it back or ends; `ref reap` takes it from dead ones",
        ObjectState::Damaged => "remove the store's folder, or the store's keys, when no process has it open",
        _ => "`ref reap` removes what has expired",
    }
}

/// Asks whether to remove the object. Fails if standard input is no terminal.
fn confirm(entry: &ObjectEntry) -> Result<bool, String> {
    if !stdin().is_terminal() {
        return Err(format!("{} is not removed, since standard input is no terminal; add `--yes`", entry.id));
    }
    let name = entry.name.as_ref().or(entry.type_name.as_ref()).map(|name| format!(" `{}`", plain(name)));
    let question = format!("remove {}{} ({})? [y/N] ", entry.id, name.unwrap_or_default(), bytes(entry.bytes));
    let asked = anstream::stderr().write_all(question.as_bytes()).and_then(|()| {
        let mut line = String::new();
        stdin().read_line(&mut line).map(|_| line)
    });
    asked.map(|line| matches!(line.trim(), "y" | "yes")).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_expires_is_left_to_reap() {
        assert!(remedy(ObjectState::Doomed).contains("last holder"));
        assert!(remedy(ObjectState::Damaged).contains("no process has it open"));
        for state in [ObjectState::InTransit, ObjectState::Orphan] {
            assert!(remedy(state).contains("expired"), "{state}");
        }
    }
}
