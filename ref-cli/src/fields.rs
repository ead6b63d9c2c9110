//! The fields of objects, holders and sessions as JSON. `docs/command.md` describes them. While [`FORMAT`]
//! is the same, a field keeps its name and its meaning.

use ref_core::error::Holder;
use ref_core::inspect::{ObjectEntry, ObjectHolder, SessionEntry};
use serde::Serialize;
use std::time::{SystemTime, UNIX_EPOCH};

/// The number of the format. It changes when a field changes its meaning or goes.
pub(crate) const FORMAT: u32 = 1;

#[derive(Serialize)]
pub(crate) struct ObjectFields {
    id: String,
    name: Option<String>,
    #[serde(rename = "type")]
    type_name: Option<String>,
    bytes: u64,
    version: u64,
    written_ms: Option<u64>,
    state: serde_json::Value,
    time_left_ms: Option<u64>,
    owner: Option<HolderFields>,
    holders: Vec<HolderFields>,
    waited_for: bool,
    problem: Option<String>,
}

#[derive(Serialize)]
pub(crate) struct HolderFields {
    session: String,
    access: serde_json::Value,
    #[serde(flatten)]
    process: ProcessFields,
    at: Option<String>,
    alive: bool,
}

#[derive(Serialize)]
pub(crate) struct SessionFields {
    session: String,
    #[serde(flatten)]
    process: ProcessFields,
    alive: bool,
    owns: usize,
    borrows: usize,
}

/// The fields of a process, which stand among those of a holder and of a session.
#[derive(Serialize)]
struct ProcessFields {
    pid: u32,
    program: String,
    host: Option<String>,
    since_ms: Option<u64>,
}

pub(crate) fn millis(time: SystemTime) -> Option<u64> {
    time.duration_since(UNIX_EPOCH).ok()?.as_millis().try_into().ok()
}

/// Returns a value of the library that is one word, such as `lent_shared`.
fn word(value: impl Serialize) -> serde_json::Value {
    serde_json::to_value(value).unwrap_or_default()
}

impl From<&ObjectEntry> for ObjectFields {
    fn from(entry: &ObjectEntry) -> Self {
        Self {
            id: entry.id.to_string(),
            name: entry.name.clone(),
            type_name: entry.type_name.clone(),
            bytes: entry.bytes,
            version: entry.version,
            written_ms: entry.written.and_then(millis),
            state: word(entry.state),
            time_left_ms: entry.time_left.and_then(|left| left.as_millis().try_into().ok()),
            owner: entry.owner.as_ref().map(HolderFields::from),
            holders: entry.holders.iter().map(HolderFields::from).collect(),
            waited_for: entry.is_waited_for,
            problem: entry.problem.clone(),
        }
    }
}

impl From<&ObjectHolder> for HolderFields {
    fn from(holder: &ObjectHolder) -> Self {
        Self {
            session: holder.session.clone(),
            access: word(holder.access),
            process: ProcessFields::from(&holder.process),
            at: holder.process.at.clone(),
            alive: holder.is_alive,
        }
    }
}

impl SessionFields {
    pub(crate) fn new(entry: &SessionEntry, owns: usize, borrows: usize) -> Self {
        let process = ProcessFields::from(&entry.process);
        Self { session: entry.session.clone(), process, alive: entry.is_alive, owns, borrows }
    }
}

impl From<&Holder> for ProcessFields {
    fn from(process: &Holder) -> Self {
        Self {
            pid: process.pid,
            program: process.program.clone(),
            host: process.host.clone(),
            since_ms: process.since.and_then(millis),
        }
    }
}

/// Writes a value as JSON, with a line's end.
pub(crate) fn json(value: &impl Serialize) -> Result<String, String> {
    serde_json::to_string_pretty(value).map(|text| text + "\n").map_err(|error| error.to_string())
}
