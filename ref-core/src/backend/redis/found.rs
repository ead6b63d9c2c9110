//! What a look has read, as entries. Every part is checked, since another program may write to the store's keys.

use super::reply::holder;
use super::text::words;
use crate::backend::inspect::{FoundObject, HEAD, ObjectEntry, ObjectHolder, ObjectState, never_still};
use crate::error::{AccessKind, Error, Holder};
use crate::id::ObjectId;
use redis::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, SystemTime};

/// The length of the longest version that is in the object's hash.
const SMALL: u64 = 512;

/// The fields that a look reads, by the letters that `object.lua` explains. Those that say that the object has changed
/// come first.
pub(super) const FIELDS: [&str; 28] = [
    "l", "o", "s", "k", "w", "x", "g", "n", "d", "v", "m", "t", "a", "z", "b", "c", "u", "W", "V", "Q", "0", "1", "2",
    "3", "4", "5", "6", "7",
];
/// How many of [`FIELDS`] say that the object has changed.
pub(super) const DECIDING: usize = 11;
/// Where in [`FIELDS`] the bytes of a small version begin.
const PIECES: usize = 20;

/// The fields of an object's hash, by their letters.
pub(super) type ObjectFields = BTreeMap<&'static str, Vec<u8>>;

/// The sessions of the store, as the server knows them.
#[derive(Default)]
pub(super) struct ServerSessions {
    /// The server's time, in milliseconds.
    pub(super) now: f64,
    /// The end of each session's lease.
    pub(super) leases: BTreeMap<String, f64>,
    /// The process of each session, as `begin.lua` has written it.
    pub(super) processes: BTreeMap<String, String>,
    /// The sessions that are over and not yet recovered.
    pub(super) dead: BTreeSet<String>,
}

/// What one look at an object has found.
pub(super) enum Looked {
    Gone,
    Changed,
    Still {
        fields: ObjectFields,
        readers: Vec<String>,
        bytes: Vec<u8>,
    },
    /// A key of the object has a value of another kind.
    Refused(Error),
}

impl ServerSessions {
    /// Adds what a later look has found. The later look decides which sessions are alive.
    pub(super) fn and(mut self, later: Self) -> Self {
        self.processes.extend(later.processes);
        Self { processes: self.processes, ..later }
    }

    pub(super) fn is_alive(&self, session: &str) -> bool {
        self.leases.get(session).is_some_and(|ends| *ends > self.now)
    }

    /// Returns the process of a session that holds an object, since when in ms, and in which line.
    pub(super) fn process(&self, session: &str, since: &str, at: &str) -> Holder {
        let process = self.processes.get(session).map_or("0\t\t", String::as_str);
        let host = process.split('\t').chain(std::iter::repeat("")).take(3).collect::<Vec<_>>().join("\t");
        holder(&format!("{host}\t{since}\t{at}"))
    }

    fn holder(&self, session: String, access: AccessKind, since: &str, at: &str) -> ObjectHolder {
        let (process, is_alive) = (self.process(&session, since, at), self.is_alive(&session));
        ObjectHolder { session, access, process, is_alive }
    }
}

/// Reads the fields of an object's hash; none if there is no such object.
pub(super) fn fields_of(hash: Value) -> ObjectFields {
    let Value::Array(list) = hash else { return ObjectFields::new() };
    let mut list = list.into_iter();
    let pairs = std::iter::from_fn(|| Some((list.next()?, list.next()?)));
    let known = pairs.filter_map(|(name, value)| {
        let Value::BulkString(name) = name else { return None };
        let letter = FIELDS.iter().find(|letter| letter.as_bytes() == name)?;
        Some((*letter, bytes_of(value)?))
    });
    known.collect()
}

/// Returns what the fields alone say of an object; `None` if the object may have readers, or bytes under another key.
///
/// An idle object, and one that is lent exclusively, has no reader: a loan ends when its last reader is done, and readers
/// of a revoked loan do not count.
pub(super) fn looked_alone(fields: &mut ObjectFields) -> Option<Looked> {
    if fields.is_empty() {
        return Some(Looked::Gone);
    }
    let is_small = length_of(fields).is_some_and(|length| length <= SMALL);
    let state = state_of(fields);
    let has_no_readers = matches!(state, Some(ObjectState::Idle | ObjectState::Offered | ObjectState::LentExclusively));
    (is_small && has_no_readers).then(|| {
        let fields = std::mem::take(fields);
        let bytes = pieces_of(&fields);
        Looked::Still { fields, readers: Vec::new(), bytes }
    })
}

/// Reads the replies of the rest of a look at an object, whose fields were `fields` before.
pub(super) fn looked_of(fields: ObjectFields, replies: [Value; 3]) -> Looked {
    let [readers, bytes, Value::Array(after)] = replies else { return Looked::Gone };
    let is_same = |(letter, after): (&&str, Value)| fields.get(letter) == bytes_of(after).as_ref();
    if fields.is_empty() {
        return Looked::Gone;
    }
    if !FIELDS[..DECIDING].iter().zip(after).all(is_same) {
        return Looked::Changed;
    }
    let bytes = match length_of(&fields).is_some_and(|length| length <= SMALL) {
        true => pieces_of(&fields),
        false => bytes_of(bytes).unwrap_or_default(),
    };
    Looked::Still { fields, readers: words(readers), bytes }
}

/// Returns the bytes of a small version.
fn pieces_of(fields: &ObjectFields) -> Vec<u8> {
    FIELDS[PIECES..].iter().filter_map(|at| fields.get(at)).flatten().copied().collect()
}

/// Returns the entry for what a look has found; `None` if there is no object.
pub(super) fn entry_of(id: ObjectId, looked: Looked, sessions: &ServerSessions) -> Option<FoundObject> {
    let damaged = |why: String| {
        let entry = ObjectEntry { problem: Some(why), ..ObjectEntry::new(id, ObjectState::Damaged) };
        Some(FoundObject { entry, head: Vec::new() })
    };
    let (fields, readers, bytes) = match looked {
        Looked::Gone => return None,
        Looked::Changed => return damaged(never_still()),
        Looked::Refused(error) => return damaged(error.message_and_remedy().0),
        Looked::Still { fields, readers, bytes } => (fields, readers, bytes),
    };
    let Some(state) = state_of(&fields) else {
        return damaged("the object's hash has an owner or a loan of a kind that does not exist".to_owned());
    };
    let of = |letter| field(&fields, letter);
    let mut entry = ObjectEntry::new(id, state);
    let length = length_of(&fields);
    match (of("v").parse(), length) {
        (Ok(version), Some(length)) => (entry.version, entry.bytes) = (version, length),
        _ => return damaged("the object's hash names no version".to_owned()),
    }
    let due = of("u").parse::<f64>().ok().filter(|_| sessions.now > 0.0 && state != ObjectState::Doomed);
    // A time that is longer than any clock counts is none.
    entry.time_left = due.and_then(|due| Duration::try_from_secs_f64((due - sessions.now).max(0.0) / 1000.0).ok());
    entry.owner = (of("o") == "s").then(|| sessions.holder(of("s"), AccessKind::Own, &of("t"), &of("a")));
    let writer = (of("w") == "a").then(|| sessions.holder(of("x"), AccessKind::BorrowMut, &of("z"), &of("b")));
    let least = if state == ObjectState::Doomed { 0 } else { of("g").parse().unwrap_or(0) };
    let readers = readers.iter().filter_map(|reader| reader_of(reader, least, sessions));
    entry.holders = writer.into_iter().chain(readers).collect();
    entry.is_waited_for = ["W", "V", "Q"].iter().any(|waits| fields.contains_key(waits)) || of("w") == "p";
    if bytes.len() as u64 != entry.bytes.min(HEAD as u64) {
        entry.problem = Some("bytes of the object's version were removed from the server, or changed".to_owned());
    }
    Some(FoundObject { entry, head: bytes })
}

/// Reads a reader's member of the sorted set. Returns `None` for a reader of an earlier generation than `least`.
fn reader_of(member: &str, least: u64, sessions: &ServerSessions) -> Option<ObjectHolder> {
    let mut parts = member.splitn(4, '\t');
    let (session, generation) = (parts.next()?.to_owned(), parts.next()?.parse::<u64>().ok()?);
    let (since, at) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    (generation >= least).then(|| sessions.holder(session, AccessKind::Borrow, since, at))
}

/// Returns what the object is doing; `None` if its fields have letters that this crate does not write.
fn state_of(fields: &ObjectFields) -> Option<ObjectState> {
    let of = |letter| field(fields, letter);
    Some(match (&*of("l"), &*of("o"), &*of("k")) {
        ("d", ..) => ObjectState::Doomed,
        ("", "t", _) => ObjectState::InTransit,
        ("", "o", _) => ObjectState::Orphan,
        ("", "d", _) => ObjectState::Detached,
        ("", "p", _) => ObjectState::Published,
        ("", "s", "") => ObjectState::Idle,
        ("", "s", "s") => ObjectState::LentShared,
        ("", "s", "c") => ObjectState::Closing,
        ("", "s", "o") => ObjectState::Offered,
        ("", "s", "t") => ObjectState::LentExclusively,
        _ => return None,
    })
}

/// Returns a field of an object's hash; empty if there is none.
pub(super) fn field(fields: &ObjectFields, letter: &str) -> String {
    fields.get(letter).map(|value| text(value)).unwrap_or_default()
}

/// Returns the length of the object's current version.
pub(super) fn length_of(fields: &ObjectFields) -> Option<u64> {
    field(fields, "c").parse().ok()
}

/// Returns when a session began: its name ends with the server's time, in seconds and microseconds.
pub(super) fn began(session: &str) -> Option<SystemTime> {
    let (seconds, micros) = session.rsplit_once('-')?.1.split_once('.')?;
    let since = Duration::from_secs(seconds.parse().ok()?).checked_add(Duration::from_micros(micros.parse().ok()?))?;
    SystemTime::UNIX_EPOCH.checked_add(since)
}

pub(super) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

pub(super) fn bytes_of(value: Value) -> Option<Vec<u8>> {
    if let Value::BulkString(bytes) = value { Some(bytes) } else { None }
}

/// Reads a reply that is a list of names and values, one after the other.
pub(super) fn pairs(value: Value) -> Vec<(String, Vec<u8>)> {
    let Value::Array(list) = value else { return Vec::new() };
    let mut list = list.into_iter().map(|value| bytes_of(value).unwrap_or_default());
    std::iter::from_fn(|| Some((text(&list.next()?), list.next()?))).collect()
}
