//! Reads the replies about pools. Each is checked, since another program may write to a pool's keys.

use crate::backend::calls::{AnswerKind, PoolWorkers, StopKind, StopOrder, Submitted, WorkerRenewal};
use crate::backend::redis::fault::unreachable;
use crate::error::{Error, ErrorKind, Result};
use redis::Value;

/// The parts of a function's reply.
pub(super) struct ReplyParts(std::vec::IntoIter<Value>);

impl ReplyParts {
    pub(super) fn of(value: Value) -> Result<Self> {
        match value {
            Value::Array(parts) => Ok(Self(parts.into_iter())),
            _ => Err(foreign()),
        }
    }

    pub(super) fn bytes(&mut self) -> Result<Vec<u8>> {
        match self.0.next() {
            Some(Value::BulkString(bytes)) => Ok(bytes),
            Some(Value::SimpleString(text)) => Ok(text.into_bytes()),
            _ => Err(foreign()),
        }
    }

    pub(super) fn text(&mut self) -> Result<String> {
        String::from_utf8(self.bytes()?).map_err(|_| foreign())
    }

    pub(super) fn number<N: std::str::FromStr>(&mut self) -> Result<N> {
        self.text()?.parse().map_err(|_| foreign())
    }

    pub(super) fn workers(&mut self) -> Result<PoolWorkers> {
        let (own, other) = (self.number()?, self.bytes()?);
        Ok(PoolWorkers { own, other: Some(other).filter(|other| !other.is_empty()) })
    }

    pub(super) fn submitted(&mut self) -> Result<Submitted> {
        match self.text()?.as_str() {
            "ok" => Ok(Submitted::Queued),
            "never" => Ok(Submitted::Never),
            "other" => self.bytes().map(Submitted::Other),
            "lost" => Ok(Submitted::Lost),
            _ => Err(ran_out()),
        }
    }

    /// Reads the name of an entry, and its fields.
    pub(super) fn entry(&mut self) -> Result<StreamEntry> {
        let id = self.text()?;
        Ok(StreamEntry { id, fields: pairs(self.0.by_ref().filter_map(bytes)) })
    }

    /// Reads what a worker learns by a renewal or a look.
    pub(super) fn renewal(&mut self) -> Result<WorkerRenewal> {
        if self.text()? == "ok" { self.stop().map(WorkerRenewal::Goes) } else { Ok(WorkerRenewal::Lost) }
    }

    /// Reads `ENTRY TAB HOW`, or an empty text.
    fn stop(&mut self) -> Result<Option<StopOrder>> {
        let text = self.text()?;
        if text.is_empty() {
            return Ok(None);
        }
        let (entry, how) = text.rsplit_once('\t').ok_or_else(foreign)?;
        let how = match how {
            "ask" => StopKind::Ask,
            "kill" => StopKind::Kill,
            _ => return Err(foreign()),
        };
        Ok(Some(StopOrder { entry: entry.to_owned(), how }))
    }
}

/// The fields of an entry of a stream.
#[derive(Debug, Default)]
pub(super) struct StreamEntry {
    pub(super) id: String,
    pub(super) fields: Vec<(Vec<u8>, Vec<u8>)>,
}

impl StreamEntry {
    pub(super) fn field(&mut self, name: &str) -> Vec<u8> {
        let found = self.fields.iter_mut().find(|(field, _)| field == name.as_bytes());
        found.map(|(_, value)| std::mem::take(value)).unwrap_or_default()
    }

    pub(super) fn text(&mut self, name: &str) -> Option<String> {
        String::from_utf8(self.field(name)).ok()
    }

    pub(super) fn number(&mut self, name: &str) -> Option<u64> {
        self.text(name)?.parse().ok()
    }
}

/// Reads the reply of `XREAD` or `XREADGROUP` for one stream. Leaves out what is no entry.
pub(super) fn entries(value: Value) -> Vec<StreamEntry> {
    let array = |value| match value {
        Value::Array(values) => values,
        _ => Vec::new(),
    };
    let Some(stream) = array(value).into_iter().next() else { return Vec::new() };
    let Some(entries) = array(stream).into_iter().nth(1) else { return Vec::new() };
    array(entries)
        .into_iter()
        .filter_map(|entry| {
            let mut parts = array(entry).into_iter();
            let id = String::from_utf8(bytes(parts.next()?)?).ok()?;
            Some(StreamEntry { id, fields: pairs(array(parts.next()?).into_iter().filter_map(bytes)) })
        })
        .collect()
}

/// Returns the names and values of fields.
fn pairs(mut values: impl Iterator<Item = Vec<u8>>) -> Vec<(Vec<u8>, Vec<u8>)> {
    std::iter::from_fn(|| Some((values.next()?, values.next()?))).collect()
}

fn bytes(value: Value) -> Option<Vec<u8>> {
    match value {
        Value::BulkString(bytes) => Some(bytes),
        Value::SimpleString(text) => Some(text.into_bytes()),
        _ => None,
    }
}

pub(super) fn kind_text(kind: AnswerKind) -> &'static str {
    match kind {
        AnswerKind::Response => "response",
        AnswerKind::Failed => "failed",
        AnswerKind::Died => "died",
        AnswerKind::Removed => "removed",
        AnswerKind::Progress => "progress",
    }
}

pub(super) fn kind_of(text: &str) -> Option<AnswerKind> {
    let kinds = [AnswerKind::Response, AnswerKind::Failed, AnswerKind::Died, AnswerKind::Removed, AnswerKind::Progress];
    kinds.into_iter().find(|kind| kind_text(*kind) == text)
}

/// Writes `DONE TAB TOTAL`, or an empty text.
pub(super) fn progress_text(progress: Option<(usize, usize)>) -> String {
    progress.map(|(done, total)| format!("{done}\t{total}")).unwrap_or_default()
}

pub(super) fn progress_of(text: &str) -> Option<(usize, usize)> {
    let (done, total) = text.split_once('\t')?;
    Some((done.parse().ok()?, total.parse().ok()?))
}

pub(super) fn foreign() -> Error {
    Error::new(ErrorKind::Corrupt, "the Redis server gave an answer that is none of this crate's functions for pools")
        .with_remedy("is something else, or another version of this crate, writing under this pool's name?")
}

/// The error for a long message that has run out before it was named.
fn ran_out() -> Error {
    unreachable("a message that was being written has run out meanwhile")
}
