//! Reads the scripts' replies. Each is checked, since something else may write under the store's name.

use crate::error::{Error, ErrorKind, HeldAs, Holder, Result};
use crate::id::Epoch;
use crate::sync::Arc;
use redis::Value;
use std::time::{Duration, SystemTime};

/// A version of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct KnownVersion {
    pub(super) epoch: Epoch,
    /// A random name. A server that lost data may give an epoch out twice, but the names differ.
    pub(super) name: String,
    pub(super) length: u64,
    /// The bytes, if the reply had them.
    pub(super) bytes: Option<Arc<[u8]>>,
}

/// The reply of a script of the ledger.
#[derive(Debug)]
pub(super) enum ScriptReply {
    Ok(Granted),
    No(ScriptRefusal),
    /// The session is dead.
    Lost,
    /// The request has an earlier number than the last one obeyed.
    Old,
    /// The request has a later number than the next one.
    Gap,
    /// The command would remove versions whose keys the call has not declared: these.
    Which(Vec<String>),
    /// The new version was not staged, or not all of it.
    Unstaged,
}

/// The result of a granted command.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Granted {
    Done,
    Opened(Epoch),
    Shared(KnownVersion),
    Exclusive(Epoch, KnownVersion),
    Version(KnownVersion),
    Ended { redeemed: bool, version: KnownVersion },
    Revoked(KnownVersion),
    Sent(u64),
    Look(Look),
}

/// The state of an object, as far as `look.lua` tells it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Look {
    pub(super) live: bool,
    /// The owner and the loan, by the letters that `ledger.lua` explains; `-` for none.
    pub(super) owner: char,
    pub(super) loan: char,
    /// How the calling session holds it: `-`, `shared`, or a token.
    pub(super) hold: String,
    pub(super) died: Option<Holder>,
    pub(super) version: KnownVersion,
}

/// Why a command was refused, and which processes are in the way.
#[derive(Debug)]
pub(super) struct ScriptRefusal {
    pub(super) why: String,
    pub(super) held: Option<HeldAs>,
    pub(super) holders: Vec<Holder>,
}

impl ScriptReply {
    pub(super) fn read(value: Value) -> Result<Self> {
        let Value::Array(parts) = value else { return Err(foreign()) };
        let mut parts = parts.into_iter().map(|part| match part {
            Value::BulkString(bytes) => Some(bytes),
            Value::SimpleString(text) => Some(text.into_bytes()),
            _ => None,
        });
        let text = parts.next().flatten().and_then(|bytes| String::from_utf8(bytes).ok()).ok_or_else(foreign)?;
        let bytes = parts.next().flatten().map(Arc::from);
        ReplyReader { lines: text.split('\n'), bytes }.answer().ok_or_else(foreign)
    }
}

struct ReplyReader<'a> {
    lines: std::str::Split<'a, char>,
    bytes: Option<Arc<[u8]>>,
}

impl ReplyReader<'_> {
    fn answer(mut self) -> Option<ScriptReply> {
        Some(match self.lines.next()? {
            "ok" => ScriptReply::Ok(self.granted()?),
            "no" => ScriptReply::No(self.refused()?),
            "lost" => ScriptReply::Lost,
            "old" => ScriptReply::Old,
            "gap" => ScriptReply::Gap,
            "which" => ScriptReply::Which(self.lines.map(str::to_owned).collect()),
            "unstaged" => ScriptReply::Unstaged,
            _ => return None,
        })
    }

    fn granted(&mut self) -> Option<Granted> {
        Some(match self.lines.next()? {
            "done" => Granted::Done,
            "opened" => Granted::Opened(Epoch(self.number()?)),
            "shared" => Granted::Shared(self.version()?),
            "exclusive" => Granted::Exclusive(Epoch(self.number()?), self.version()?),
            "version" => Granted::Version(self.version()?),
            "ended" => Granted::Ended { redeemed: self.lines.next()? == "1", version: self.version()? },
            "revoked" => Granted::Revoked(self.version()?),
            "sent" => Granted::Sent(self.number()?),
            "look" => Granted::Look(self.look()?),
            _ => return None,
        })
    }

    fn look(&mut self) -> Option<Look> {
        let live = self.lines.next()? == "l";
        let owner = self.lines.next()?.chars().next()?;
        let loan = self.lines.next()?.chars().next()?;
        let hold = self.lines.next()?.to_owned();
        let died = self.lines.next().filter(|line| !line.is_empty()).map(holder);
        Some(Look { live, owner, loan, hold, died, version: self.version()? })
    }

    fn refused(&mut self) -> Option<ScriptRefusal> {
        let why = self.lines.next()?.to_owned();
        let held = match self.lines.next()? {
            "" => None,
            "owned" => Some(HeldAs::Owner),
            "shared" => Some(HeldAs::Borrow),
            "exclusive" => Some(HeldAs::BorrowMut),
            "in_transit" => Some(HeldAs::InTransit),
            "detached" => Some(HeldAs::Detached),
            "published" => Some(HeldAs::Published),
            _ => return None,
        };
        Some(ScriptRefusal { why, held, holders: self.lines.by_ref().map(holder).collect() })
    }

    fn version(&mut self) -> Option<KnownVersion> {
        let (epoch, name, length) = (Epoch(self.number()?), self.lines.next()?.to_owned(), self.number()?);
        let bytes = self.bytes.take().filter(|bytes| bytes.len() as u64 == length);
        Some(KnownVersion { epoch, name, length, bytes })
    }

    fn number(&mut self) -> Option<u64> {
        self.lines.next()?.parse().ok()
    }
}

/// Reads `pid TAB program TAB host TAB milliseconds TAB caller`. An empty field is not known.
fn holder(line: &str) -> Holder {
    let mut fields = line.split('\t');
    let mut text = || fields.next().unwrap_or_default().to_owned();
    let (pid, program, host, since, at) = (text(), text(), text(), text(), text());
    let since = since.parse().ok().filter(|&since| since > 0).map(Duration::from_millis);
    let some = |text: String| Some(text).filter(|text| !text.is_empty());
    Holder {
        pid: pid.parse().unwrap_or(0),
        program,
        host: some(host),
        since: since.and_then(|since| SystemTime::UNIX_EPOCH.checked_add(since)),
        at: some(at),
    }
}

fn foreign() -> Error {
    Error::new(ErrorKind::Corrupt, "the Redis server gave an answer that is none of this crate's scripts'")
        .with_remedy("is something else, or another version of this crate, writing under this store's name?")
}
