//! `ref watch`: what changes in a store, from look to look.

use crate::Done;
use crate::fields::{FORMAT, ObjectFields, millis};
use crate::list::process;
use crate::show::find;
use crate::text::{bytes, plain};
use ref_core::ObjectId;
use ref_core::inspect::{Inspector, ObjectEntry, ObjectHolder, ObjectState};
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::{ErrorKind, Write as _};
use std::time::{Duration, Instant, SystemTime};

/// What is watched, and for how long.
#[derive(clap::Args)]
pub(crate) struct WatchArguments {
    #[command(flatten)]
    place: crate::Place,
    /// The id of an object, such as 3.17, or its name. Without it, every object is watched.
    object: Option<String>,
    /// The time between two looks, such as 200ms.
    #[arg(long, value_name = "TIME", default_value = "500ms", value_parser = crate::text::duration)]
    every: Duration,
    /// Ends after so many changes.
    #[arg(long, value_name = "CHANGES")]
    count: Option<u64>,
}

/// A change of an object between two looks.
#[derive(Debug, PartialEq, Eq)]
struct Change<'e> {
    kind: &'static str,
    text: String,
    /// The object as the later look has found it, or the earlier one if the object is gone.
    entry: &'e ObjectEntry,
}

/// A change as a line of JSON.
#[derive(Serialize)]
struct ChangeFields {
    format: u32,
    time_ms: Option<u64>,
    change: &'static str,
    text: String,
    object: ObjectFields,
}

type Looked = BTreeMap<ObjectId, ObjectEntry>;

pub(crate) fn run(arguments: &WatchArguments) -> Done {
    let WatchArguments { place, object, every, count } = arguments;
    let store = Inspector::open(&place.address).map_err(|error| error.to_string())?;
    let look = || look(&store, object.as_deref());
    let mut before = look()?;
    if let Some(object) = object.as_ref().filter(|_| before.len() > 1) {
        // An id of one object that is the name of another.
        return find(&store, object).map(|_| String::new());
    }
    say(&match (object, before.is_empty()) {
        (Some(object), true) => format!("watching for `{}`, which is not in the store", plain(object)),
        (Some(object), false) => format!("watching `{}`", plain(object)),
        (None, _) => format!("watching {} objects", before.len()),
    });
    let (begun, mut left) = (Instant::now(), count.unwrap_or(u64::MAX));
    while left > 0 {
        std::thread::sleep(*every);
        let now = look()?;
        let lines = changes(&before, &now).into_iter().take(usize::try_from(left).unwrap_or(usize::MAX));
        let lines: Vec<_> = lines.map(|change| line(&change, begun.elapsed(), place.json)).collect::<Result<_, _>>()?;
        left -= lines.len() as u64;
        let mut out = anstream::stdout().lock();
        match lines.iter().try_for_each(|line| out.write_all(line.as_bytes())).and_then(|()| out.flush()) {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => break,
            written => written.map_err(|error| error.to_string())?,
        }
        before = now;
    }
    Ok(String::new())
}

/// Says on standard error what the command does, so that standard output has changes only.
fn say(text: &str) {
    let _unsaid = writeln!(anstream::stderr(), "{text}");
}

fn look(store: &Inspector, object: Option<&str>) -> Result<Looked, String> {
    let id = object.and_then(|object| object.parse::<ObjectId>().ok());
    let is_wanted = |entry: &ObjectEntry| object.is_none() || Some(entry.id) == id || entry.name.as_deref() == object;
    let objects = store.objects().map_err(|error| error.to_string())?;
    Ok(objects.into_iter().filter(is_wanted).map(|entry| (entry.id, entry)).collect())
}

fn line(change: &Change<'_>, since: Duration, as_json: bool) -> Result<String, String> {
    let Change { kind, text, entry } = change;
    if as_json {
        let (object, time_ms) = (ObjectFields::from(*entry), millis(SystemTime::now()));
        let fields = ChangeFields { format: FORMAT, time_ms, change: kind, text: text.clone(), object };
        return serde_json::to_string(&fields).map(|json| json + "\n").map_err(|error| error.to_string());
    }
    let name = entry.name.as_ref().or(entry.type_name.as_ref()).map(|name| format!(" `{}`", plain(name)));
    Ok(format!("{:>8.1} s  {kind:<8}  {}{} {}\n", since.as_secs_f64(), entry.id, name.unwrap_or_default(), plain(text)))
}

/// Returns what has changed, in the order of the ids.
fn changes<'e>(before: &'e Looked, now: &'e Looked) -> Vec<Change<'e>> {
    let mut all = Vec::new();
    for (id, entry) in now {
        match before.get(id) {
            Some(earlier) => between(earlier, entry, &mut all),
            None => {
                let owner = entry.owner.as_ref().map(|owner| format!(" by {}", process(owner))).unwrap_or_default();
                let text = format!("is made{owner}: {}, {}", entry.state, bytes(entry.bytes));
                all.push(Change { kind: "made", text, entry });
                all.extend(entry.holders.iter().map(|holder| borrowed(holder, entry)));
            }
        }
    }
    let gone = before.values().filter(|entry| !now.contains_key(&entry.id));
    all.extend(gone.map(|entry| Change { kind: "dropped", text: "is not in the store any more".to_owned(), entry }));
    all
}

fn between<'e>(before: &ObjectEntry, entry: &'e ObjectEntry, all: &mut Vec<Change<'e>>) {
    let mut add = |kind, text: String| all.push(Change { kind, text, entry });
    let key = |holder: &ObjectHolder| (holder.session.clone(), holder.access);
    if entry.version != before.version {
        add("version", format!("has version {}, {}", entry.version, bytes(entry.bytes)));
    }
    if entry.owner.as_ref().map(key) != before.owner.as_ref().map(key) {
        match &entry.owner {
            Some(owner) => add("owner", format!("is owned by {}", process(owner))),
            None => add("owner", "has no owner any more".to_owned()),
        }
    }
    if entry.state != before.state {
        match (is_lent(before.state), is_lent(entry.state)) {
            (false, true) => add("lent", format!("is {}", entry.state)),
            (true, false) => add("ended", format!("is not lent any more: {}", entry.state)),
            _ => add("state", format!("is {}", entry.state)),
        }
    }
    let same = |other: &ObjectHolder, all: &[ObjectHolder]| all.iter().find(|one| key(one) == key(other)).cloned();
    for holder in entry.holders.iter().filter(|holder| same(holder, &before.holders).is_none()) {
        let Change { kind, text, .. } = borrowed(holder, entry);
        add(kind, text);
    }
    for holder in before.holders.iter().filter(|holder| same(holder, &entry.holders).is_none()) {
        add("returned", format!("is not borrowed any more by {}", process(holder)));
    }
    for holder in before.owner.iter().chain(&before.holders).filter(|holder| holder.is_alive) {
        let now = if before.owner.as_ref() == Some(holder) { entry.owner.as_slice() } else { &entry.holders };
        if let Some(holder) = same(holder, now).filter(|holder| !holder.is_alive) {
            add("dead", format!("is held by {}: `ref reap` takes it back", process(&holder)));
        }
    }
    if entry.is_waited_for && !before.is_waited_for {
        add("waited", "is waited for".to_owned());
    }
    if entry.problem != before.problem {
        add("damaged", entry.problem.clone().unwrap_or_else(|| "is not damaged any more".to_owned()));
    }
}

fn borrowed<'e>(holder: &ObjectHolder, entry: &'e ObjectEntry) -> Change<'e> {
    let at = holder.process.at.as_ref().map(|at| format!(", at {at}")).unwrap_or_default();
    let text = format!("is borrowed ({}) by {}{at}", holder.access, process(holder));
    Change { kind: "borrowed", text, entry }
}

fn is_lent(state: ObjectState) -> bool {
    use ObjectState::{Closing, LentExclusively, LentShared, Offered};
    matches!(state, LentShared | Closing | Offered | LentExclusively)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ref_core::Store;

    #[test]
    fn each_difference_between_two_looks_is_a_change() {
        let store = Store::open("memory:").unwrap();
        let mut lent = store.put(1_u64).unwrap();
        let loan = lent.lend_mut().unwrap();
        let lease = store.redeem(loan.ticket().unwrap()).unwrap();
        let before = store.objects().unwrap().remove(0);
        let kinds = |change: &dyn Fn(&mut ObjectEntry)| {
            let (mut now, mut all) = (before.clone(), Vec::new());
            change(&mut now);
            between(&before, &now, &mut all);
            all.into_iter().map(|change| change.kind).collect::<Vec<_>>()
        };
        assert!(kinds(&|_| ()).is_empty());
        assert_eq!(kinds(&|now| now.version += 1), ["version"]);
        assert_eq!(kinds(&|now| now.owner = None), ["owner"]);
        assert_eq!(kinds(&|now| now.state = ObjectState::Idle), ["ended"]);
        assert_eq!(kinds(&|now| now.state = ObjectState::LentShared), ["state"]);
        assert_eq!(kinds(&|now| now.holders.clear()), ["returned"]);
        assert_eq!(kinds(&|now| now.holders[0].is_alive = false), ["dead"]);
        assert_eq!(kinds(&|now| now.owner.as_mut().unwrap().is_alive = false), ["dead"]);
        assert_eq!(kinds(&|now| now.holders[0].session.push('x')), ["borrowed", "returned"]);
        assert_eq!(kinds(&|now| now.is_waited_for = true), ["waited"]);
        assert_eq!(kinds(&|now| now.problem = Some("torn".to_owned())), ["damaged"]);
        drop(lease);
    }
}
