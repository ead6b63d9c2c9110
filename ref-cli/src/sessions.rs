//! `ref sessions`: the sessions of a store.

use crate::fields::{FORMAT, SessionFields, json};
use crate::text::{age, plain, plain_or_dash, since};
use crate::{Done, Place, text};
use ref_core::inspect::{Inspector, ObjectEntry, SessionEntry};
use serde::Serialize;
use std::collections::BTreeMap;

#[derive(Serialize)]
struct Sessions {
    format: u32,
    sessions: Vec<SessionFields>,
}

pub(crate) fn run(place: &Place) -> Done {
    let looked = Inspector::open(&place.address).and_then(|store| Ok((store.sessions()?, store.objects()?)));
    let (sessions, objects) = looked.map_err(|error| error.to_string())?;
    let counts = counts(&objects);
    let held = |session: &SessionEntry| counts.get(&*session.session).copied().unwrap_or_default();
    if place.json {
        let fields = |session: &SessionEntry| SessionFields::new(session, held(session).0, held(session).1);
        return json(&Sessions { format: FORMAT, sessions: sessions.iter().map(fields).collect() });
    }
    let mut table = text::table(&["SESSION", "PROCESS", "PROGRAM", "HOST", "SINCE", "ALIVE", "OWNS", "BORROWS"]);
    for session in &sessions {
        let ((owns, borrows), process) = (held(session), &session.process);
        table.add_row([
            plain(&session.session),
            process.pid.to_string(),
            plain(&process.program),
            plain_or_dash(process.host.as_deref()),
            process.since.map_or_else(|| "-".to_owned(), |time| format!("{} ago", age(since(time)))),
            if session.is_alive { "yes" } else { "no" }.to_owned(),
            owns.to_string(),
            borrows.to_string(),
        ]);
    }
    Ok(if sessions.is_empty() { "the store has no sessions\n".to_owned() } else { text::lines(&table) })
}

/// Returns how many objects each session owns, and how many it borrows.
fn counts(objects: &[ObjectEntry]) -> BTreeMap<&str, (usize, usize)> {
    let mut counts = BTreeMap::<&str, (usize, usize)>::new();
    for entry in objects {
        if let Some(owner) = &entry.owner {
            counts.entry(&owner.session).or_default().0 += 1;
        }
        for holder in &entry.holders {
            counts.entry(&holder.session).or_default().1 += 1;
        }
    }
    counts
}
