//! `ref ls`: the objects of a store.

use crate::fields::{FORMAT, ObjectFields, json};
use crate::warnings::{self, Limits, Warning};
use crate::{Done, Place, text};
use ref_core::inspect::{Inspector, ObjectEntry, ObjectHolder};
use serde::Serialize;

#[derive(Serialize)]
struct Listing {
    format: u32,
    max_objects: Option<u64>,
    max_sessions: Option<u64>,
    objects: Vec<ObjectFields>,
    warnings: Vec<Warning>,
}

pub(crate) fn run(place: &Place, limits: Limits) -> Done {
    let looked = Inspector::open(&place.address).and_then(|store| Ok((store.objects()?, store.sessions()?, store)));
    let (objects, sessions, store) = looked.map_err(|error| error.to_string())?;
    let (max_objects, max_sessions) = (store.max_objects(), store.max_sessions());
    let mut warnings: Vec<_> = objects.iter().flat_map(|entry| warnings::of(entry, limits)).collect();
    warnings.extend(warnings::of_room("objects", objects.len(), max_objects, limits));
    warnings.extend(warnings::of_room("sessions", sessions.len(), max_sessions, limits));
    if place.json {
        let objects = objects.iter().map(ObjectFields::from).collect();
        return json(&Listing { format: FORMAT, max_objects, max_sessions, objects, warnings });
    }
    let mut table = text::table(&["ID", "NAME", "TYPE", "BYTES", "VERSION", "STATE", "OWNER", "HELD BY"]);
    for entry in &objects {
        table.add_row(row(entry));
    }
    let empty = objects.is_empty();
    let list = if empty { "the store has no objects\n".to_owned() } else { text::lines(&table) };
    Ok(warnings.iter().fold(list, |text, warning| text + &warning.line()))
}

fn row(entry: &ObjectEntry) -> Vec<String> {
    vec![
        entry.id.to_string(),
        text::plain_or_dash(entry.name.as_deref()),
        text::plain_or_dash(entry.type_name.as_deref()),
        text::bytes(entry.bytes),
        entry.version.to_string(),
        text::state(entry),
        entry.owner.as_ref().map_or_else(|| "-".to_owned(), process),
        holders(&entry.holders),
    ]
}

/// Names a few holders, and says how many others there are.
pub(crate) fn holders(all: &[ObjectHolder]) -> String {
    const NAMED: usize = 3;
    let named: Vec<_> = all.iter().take(NAMED).map(process).collect();
    match all.len().saturating_sub(NAMED) {
        0 if all.is_empty() => "-".to_owned(),
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
    }
}

/// Names a holder's process, such as `reader/4711`.
pub(crate) fn process(holder: &ObjectHolder) -> String {
    let process = &holder.process;
    let program = if process.program.is_empty() { "?".to_owned() } else { text::plain(&process.program) };
    let host = process.host.as_ref().map(|host| format!("@{}", text::plain(host))).unwrap_or_default();
    let dead = if holder.is_alive { "" } else { " (dead)" };
    format!("{program}/{}{host}{dead}", process.pid)
}
