//! Reads the scripts' replies. Each reply is checked, since another program may write to the store's keys.

use crate::error::{Error, ErrorKind, HeldAs, Holder, Holders, Result};
use crate::id::Epoch;
use crate::sync::Arc;
use redis::Value;
use std::time::{Duration, SystemTime};

/// A version of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct KnownVersion {
    pub(super) epoch: Epoch,
    /// A random name. A server that lost data may give out an epoch twice, but not a name.
    pub(super) name: String,
    pub(super) length: u64,
    /// The bytes. `None` if they were neither in the reply nor in the cache, or are not needed.
    pub(super) bytes: Option<Arc<Vec<u8>>>,
}

/// The reply of a script of the ledger.
#[derive(Debug)]
pub(super) enum ScriptReply {
    Ok(Granted),
    No(ScriptRefusal),
    /// The session is dead.
    Lost,
    /// The request's number is less than that of the last request that was obeyed.
    Old,
    /// The request's number is greater than the one that the server obeys next. The value is the number of the last
    /// request that was obeyed.
    Gap(u64),
    /// The keys of versions that the command would remove or let expire, and that the call has not declared. Nothing
    /// was changed.
    Which(Vec<String>),
    /// The server does not have all bytes of the new version: they were not staged, or have expired.
    Unstaged,
}

/// The result of a granted command.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Granted {
    Done,
    Opened(Epoch),
    /// A shared borrow, and its generation: the epoch of the last revocation of the object.
    Shared(KnownVersion, Epoch),
    /// A shared borrow of a session that had one of this generation already.
    Joined(KnownVersion, Epoch),
    Exclusive(Epoch, KnownVersion),
    Version(KnownVersion),
    /// An object with a time was adopted. So much of the time was left.
    Adopted(Duration, KnownVersion),
    Ended {
        redeemed: bool,
        /// Whether the borrower of an exclusive loan died.
        died: bool,
        version: KnownVersion,
    },
    Revoked(KnownVersion),
    Sent(u64),
    /// The loan was not ended, since its ticket can be redeemed.
    Offered,
    /// The call has a place in the queue of the object's writers, or there is no room for it.
    Queued {
        has_place: bool,
    },
    Look(Look),
}

/// The result of a request, as its call gets it.
pub(super) enum CallOutcome {
    Ok(Granted),
    No(ScriptRefusal),
    /// The new version has to be staged again.
    Unstaged,
}

/// The state of an object, as `look.lua` reports it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Look {
    pub(super) live: bool,
    /// The kinds of the owner and of the loan, as letters that `ledger.lua` explains. `-` means that there is none.
    pub(super) owner: char,
    pub(super) loan: char,
    /// How the calling session holds the object: `-` (not at all), `shared`, or the token of its exclusive borrow.
    pub(super) hold: String,
    pub(super) died: Option<Holder>,
    pub(super) version: KnownVersion,
}

/// Why a command was refused, and which holders were in its way.
#[derive(Debug)]
pub(super) struct ScriptRefusal {
    pub(super) why: String,
    pub(super) held: Option<HeldAs>,
    pub(super) holders: Holders,
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
        let bytes = parts.next().flatten().map(Arc::new);
        ReplyReader { lines: text.split('\n'), bytes }.answer().ok_or_else(foreign)
    }
}

struct ReplyReader<'a> {
    lines: std::str::Split<'a, char>,
    bytes: Option<Arc<Vec<u8>>>,
}

impl ReplyReader<'_> {
    fn answer(mut self) -> Option<ScriptReply> {
        Some(match self.lines.next()? {
            "ok" => ScriptReply::Ok(self.granted()?),
            "no" => ScriptReply::No(self.refused()?),
            "lost" => ScriptReply::Lost,
            "old" => ScriptReply::Old,
            "gap" => ScriptReply::Gap(self.number()?),
            "which" => ScriptReply::Which(self.lines.map(str::to_owned).collect()),
            "unstaged" => ScriptReply::Unstaged,
            _ => return None,
        })
    }

    fn granted(&mut self) -> Option<Granted> {
        Some(match self.lines.next()? {
            "done" => Granted::Done,
            "opened" => Granted::Opened(Epoch(self.number()?)),
            "shared" => Granted::Shared(self.version()?, Epoch(self.number()?)),
            "joined" => Granted::Joined(self.version()?, Epoch(self.number()?)),
            "exclusive" => Granted::Exclusive(Epoch(self.number()?), self.version()?),
            "version" => Granted::Version(self.version()?),
            "adopted" => Granted::Adopted(self.time()?, self.version()?),
            "ended" => {
                let how = self.lines.next()?;
                Granted::Ended { redeemed: how != "0", died: how == "d", version: self.version()? }
            }
            "revoked" => Granted::Revoked(self.version()?),
            "sent" => Granted::Sent(self.number()?),
            "offered" => Granted::Offered,
            how @ ("queued" | "full") => Granted::Queued { has_place: how == "queued" },
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
            "orphan" => Some(HeldAs::Orphan),
            "detached" => Some(HeldAs::Detached),
            "published" => Some(HeldAs::Published),
            _ => return None,
        };
        let readers = usize::try_from(self.number()?).ok()?;
        let named: Vec<Holder> = self.lines.by_ref().map(holder).collect();
        let count = readers.max(named.len());
        Some(ScriptRefusal { why, held, holders: Holders { named, count } })
    }

    fn version(&mut self) -> Option<KnownVersion> {
        let (epoch, name, length) = (Epoch(self.number()?), self.lines.next()?.to_owned(), self.number()?);
        let bytes = self.bytes.take().filter(|bytes| bytes.len() as u64 == length);
        Some(KnownVersion { epoch, name, length, bytes })
    }

    /// Reads a time in milliseconds, which may be larger than any number of this crate's.
    fn time(&mut self) -> Option<Duration> {
        let millis: u128 = self.lines.next()?.parse().ok()?;
        Some(Duration::from_millis(u64::try_from(millis).unwrap_or(u64::MAX)))
    }

    fn number(&mut self) -> Option<u64> {
        self.lines.next()?.parse().ok()
    }
}

/// Reads `pid TAB program TAB host TAB milliseconds TAB caller`. An empty field means that the value is not known.
pub(super) fn holder(line: &str) -> Holder {
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
