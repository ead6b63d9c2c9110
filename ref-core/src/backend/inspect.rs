//! What a look into a store finds: objects, and sessions. A look changes nothing.

use crate::error::{AccessKind, Error, ErrorKind, Holder, Result};
use crate::id::ObjectId;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::time::{Duration, SystemTime};

/// One object of a store, as a look at it found it. [`Store::objects`](crate::Store::objects) and
/// [`Inspector::objects`](crate::inspect::Inspector::objects) return entries.
///
/// State, version, owner and holders are those of one moment. A holder's line and time are notes for people: a store
/// has room for some, and a note may be missing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ObjectEntry {
    /// The object's id.
    pub id: ObjectId,
    /// The name under which the object is published; `None` if it has no name.
    pub name: Option<String>,
    /// The name of the value's type, as the value's bytes say; `None` if they could not be read.
    pub type_name: Option<String>,
    /// Bytes of the current version, its header included.
    pub bytes: u64,
    /// The number of the current version. It rises with each version.
    pub version: u64,
    /// When the current version was written; `None` if the store does not say.
    pub written: Option<SystemTime>,
    /// What the object is doing.
    pub state: ObjectState,
    /// How long the object stays at most as it is, if that has an end: until its [time](crate::Store::put_for) is over, its
    /// ownership ticket expires, or an orphan goes. Zero if the end has come and no call has met the object since. `None` if
    /// there is no end, or if the store's clock cannot be read.
    pub time_left: Option<Duration>,
    /// The session that owns the object; `None` if no session does.
    pub owner: Option<ObjectHolder>,
    /// The sessions that borrow the object. On a server, 1,000 readers at most.
    pub holders: Vec<ObjectHolder>,
    /// Whether a session waits for a change of the object. The mark of a session that gave up stays until the next
    /// change.
    pub is_waited_for: bool,
    /// What is wrong with the object's record or with the bytes of its version; `None` if nothing is.
    pub problem: Option<String>,
}

/// What an object is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ObjectState {
    /// The object has an owner, which has not lent it.
    Idle,
    /// The object is lent to readers.
    LentShared,
    /// The object is lent to readers, and its owner waits until they have given it back.
    Closing,
    /// The object is lent exclusively, and the loan's ticket is not redeemed yet.
    Offered,
    /// The object is lent exclusively, and the loan's ticket was redeemed.
    LentExclusively,
    /// The object's ownership ticket waits to be claimed.
    InTransit,
    /// The session of the object's owner was lost, and the object waits to be attached again.
    Orphan,
    /// The object has no owner, and is found by its key.
    Detached,
    /// The object has no owner, and is found by its name.
    Published,
    /// The object's owner is gone. The object goes with its last holder.
    Doomed,
    /// The object's record is not what this crate writes. [`ObjectEntry::problem`] says what is wrong.
    Damaged,
}

/// A session that owns or borrows an object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ObjectHolder {
    /// The session, as [`SessionEntry::session`] names it.
    pub session: String,
    /// Whether the session owns the object, reads it or may change it.
    pub access: AccessKind,
    /// The session's process, and in which line and since when the session holds the object.
    pub process: Holder,
    /// Whether the session is alive. What a dead session holds is taken from it by the next session that needs it.
    pub is_alive: bool,
}

/// One session of a store. [`Store::sessions`](crate::Store::sessions) and
/// [`Inspector::sessions`](crate::inspect::Inspector::sessions) return entries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SessionEntry {
    /// The session's name in the store: the number of its slot on one host, a random text on a server.
    pub session: String,
    /// The session's process; [`since`](Holder::since) is when the session began.
    pub process: Holder,
    /// Whether the session is alive. A dead session is in the list until another session recovers it.
    pub is_alive: bool,
}

impl fmt::Display for ObjectState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Idle => "idle",
            Self::LentShared => "lent shared",
            Self::Closing => "closing",
            Self::Offered => "offered",
            Self::LentExclusively => "lent exclusively",
            Self::InTransit => "in transit",
            Self::Orphan => "orphan",
            Self::Detached => "detached",
            Self::Published => "published",
            Self::Doomed => "doomed",
            Self::Damaged => "damaged",
        })
    }
}

/// An object, and the first bytes of its current version. The bytes begin with the version's header, and are empty if
/// they could not be read.
#[derive(Clone, Debug)]
pub(crate) struct FoundObject {
    pub(crate) entry: ObjectEntry,
    pub(crate) head: Vec<u8>,
}

/// How many of the first bytes of a version a look reads.
pub(crate) const HEAD: usize = 512;

/// A store to look into. No call changes the store, waits for a session, or lets a session wait.
pub(crate) trait Inspect: Send + Sync {
    /// Returns the objects, in the order of their ids. Each entry is of one moment, and the moments of two entries may
    /// differ. What is wrong with one object is in its entry.
    fn objects(&self) -> Result<Vec<FoundObject>>;

    /// Returns those of `wanted` that are in the store, as [`objects`](Inspect::objects) does. An entry may lack the
    /// object's name, and says nothing about the sessions that hold the object. On a server, it has no time either.
    fn look_for(&self, wanted: &[ObjectId]) -> Result<Vec<FoundObject>>;

    /// Returns the sessions, the dead ones included.
    fn sessions(&self) -> Result<Vec<SessionEntry>>;

    /// Returns a copy of the object's current version. The error is `Gone` if the object is not in the store, and
    /// `TooLarge` if the version has more than `most` bytes.
    fn version_bytes(&self, object: ObjectId, most: u64) -> Result<Vec<u8>>;

    /// Returns the description of the type with this fingerprint, if the store has it.
    fn type_description(&self, fingerprint: u64) -> Result<Option<String>>;

    /// Returns how many objects and how many sessions the store has room for; `None` where there is no limit.
    fn limits(&self) -> (Option<u64>, Option<u64>) {
        (None, None)
    }
}

impl ObjectEntry {
    /// Returns an entry that says no more than the object's id and state.
    pub(super) fn new(id: ObjectId, state: ObjectState) -> Self {
        Self {
            id,
            name: None,
            type_name: None,
            bytes: 0,
            version: 0,
            written: None,
            state,
            time_left: None,
            owner: None,
            holders: Vec::new(),
            is_waited_for: false,
            problem: None,
        }
    }
}

/// The error for an object that is not in the store.
pub(super) fn not_there(object: ObjectId) -> Error {
    Error::new(ErrorKind::Gone, format!("the object {object} is not in the store"))
        .with_remedy("look again which objects the store has")
}

/// The error for a version of so many bytes, or of more, of which a look reads `most`.
pub(super) fn too_large(length: u64, most: u64) -> Error {
    Error::new(ErrorKind::TooLarge, format!("the version has {length} bytes or more, and {most} are read at most"))
        .with_remedy("ask for more bytes")
}

/// The error for an object that has changed during every look.
#[allow(dead_code, reason = "an object of `memory:` does not change during a look")]
pub(super) fn always_changed() -> Error {
    Error::new(ErrorKind::Timeout, "the object has changed during every look at it").with_remedy("look again")
}

/// The problem of an object that has changed during every look.
#[allow(dead_code, reason = "an object of `memory:` does not change during a look")]
pub(super) fn never_still() -> String {
    "the object has changed during every look at it: look again".to_owned()
}
