//! What a backend does for a store: it keeps bytes and runs the ledger's commands. A backend knows no types of values.
//!
//! # Contract
//! 1. `apply` returns what [`ledger::step`](crate::ledger::step) returns for some order of the commands of all
//!    sessions. Only names may differ: a backend may use other numbers for epochs and departures, in the same order,
//!    and a revoke may move an object to another id.
//! 2. A version is immutable: the bytes that `read` returned never change, and a version is visible whole or not at
//!    all.
//! 3. Before `apply` returns a conflict, the backend checks that the holders which the conflict names are alive. If a
//!    holder is dead, the backend recovers it, and decides the command anew.
//! 4. A session that died at any instruction is recovered by the next session that finds it in the way of a command, or
//!    that reaps. Recovery is idempotent: a process may die in the middle of a recovery, and another process repeats
//!    it.
//! 5. A command that is refused has granted nothing, and may be given again. At most, the command has closed a shared
//!    loan, or has ended the caller's own borrow or its reservation of an object without an owner (`Writer::Pending`).
//! 6. A session gives back as often as it borrowed, and names the loan. The backend counts a session's shared borrows
//!    of a loan, which are one borrow for the ledger.
//! 7. An object whose ownership ticket is not claimed in time, ten minutes by default, cannot be claimed any more. It
//!    is reclaimed, at the latest, by the next session that tries to claim it or that reaps. The same holds for an object
//!    that was detached for a time, when the time is over.
//! 8. A name leads to a published object, or to nothing: it may be left behind by an object that is not published any
//!    more, or whose publisher died. A name that leads to nothing can be given to another object. The id of an object
//!    that was published belongs to its name for ever.

mod address;
#[cfg_attr(not(feature = "async"), allow(dead_code, reason = "only async calls wait without a thread"))]
mod awaited;
mod bytes;
#[cfg(all(feature = "remote", target_os = "linux"))]
#[cfg_attr(not(feature = "redis"), allow(dead_code, reason = "only a server has pools"))]
pub(crate) mod calls;
#[cfg(all(test, not(loom)))]
mod conformance;
#[cfg_attr(
    not(any(feature = "redis", all(feature = "shm", target_os = "linux"))),
    allow(dead_code, reason = "a store in memory keeps texts")
)]
mod description;
mod inspect;
mod liveness;
#[cfg(feature = "lessons")]
mod local_borrows;
#[cfg(not(feature = "lessons"))]
#[path = "without_lessons.rs"]
mod local_borrows;
mod memory;
mod name;
mod naming;
mod queue_place;
mod recording;
#[cfg(feature = "redis")]
mod redis;
mod refusal;
#[cfg_attr(
    not(all(feature = "redis", feature = "shm", target_os = "linux")),
    allow(dead_code, reason = "`memory:` needs few settings")
)]
mod settings;
#[cfg(all(feature = "shm", target_os = "linux"))]
mod shm;
mod space;
mod stats;
#[cfg(not(all(feature = "shm", target_os = "linux")))]
mod unmapped;
mod version_file;

#[cfg(all(feature = "remote", target_os = "linux"))]
pub(crate) use address::call_server;
pub(crate) use address::{Absolute, Address};
pub(crate) use awaited::{Awaited, Doorbell, Watch};
pub(crate) use bytes::Bytes;
pub(crate) use description::LONGEST_DESCRIPTION;
#[allow(unused_imports, reason = "a store in memory keeps texts")]
use description::description_of;
pub(crate) use inspect::{FoundObject, Inspect};
pub use inspect::{ObjectEntry, ObjectHolder, ObjectState, SessionEntry};
pub(crate) use liveness::Liveness;
pub(crate) use local_borrows::{ARE_BORROWS_RECORDED, LocalBorrow, LocalHandle, LocalRecorder};
pub(crate) use naming::ObjectName;
pub(crate) use queue_place::QueuePlace;
#[cfg_attr(not(feature = "async"), allow(unused_imports, reason = "only async calls are tried again"))]
pub(crate) use recording::trying_again;
#[cfg(all(feature = "remote", target_os = "linux"))]
pub(crate) use recording::{CallRecorder, SentCall};
pub(crate) use recording::{WarningLimits, observed};
pub(crate) use refusal::{forked, refuse, session_over};
pub(crate) use settings::Settings;
#[cfg(all(feature = "shm", target_os = "linux"))]
#[allow(unused_imports, reason = "only remote calls send versions")]
pub(crate) use shm::{map_version_file, write_version_in_memory};
pub use stats::{Persistence, Stats};
#[cfg(not(all(feature = "shm", target_os = "linux")))]
#[allow(unused_imports, reason = "only remote calls send versions")]
pub(crate) use unmapped::{map_version_file, write_version_in_memory};
pub(crate) use version_file::VersionFile;

use crate::error::{ErrorKind, Holder, Result};
use crate::id::{Epoch, ObjectId, StoreId};
use crate::ledger::{Command, Refusal, Reply};
use crate::sync::{Arc, Instant};
use std::borrow::Cow;
use std::fs::File;
use std::panic::Location;
use std::time::Duration;

/// The line of user code that called this crate. A conflict names the lines of the holders.
pub(crate) type Caller = &'static Location<'static>;

/// The bytes of a new version, in pieces that follow each other. So a large array is not copied beside the rest.
pub(crate) type Pieces<'a> = &'a [&'a [u8]];

/// Returns the pieces as one slice. One piece is not copied.
fn joined<'a>(pieces: Pieces<'a>) -> Cow<'a, [u8]> {
    match pieces {
        [piece] => Cow::Borrowed(piece),
        _ => Cow::Owned(pieces.concat()),
    }
}

/// How long a waiting call sleeps at most before it looks again whether it can go on, unless the backend has another time
/// for that.
pub(crate) const SLICE: Duration = Duration::from_millis(50);

/// A session in a store. The contract is in the module's documentation.
pub(crate) trait Backend: Send + Sync {
    /// Returns the id of the store.
    fn id(&self) -> StoreId;

    /// Makes an object, owned by this session, whose first version is `bytes`.
    fn put(&self, bytes: Pieces<'_>, at: Caller) -> Result<(ObjectId, Epoch)>;

    /// Makes an object, owned by this session, whose first version has `length` bytes. `fill` writes them where they
    /// stay, into as many zeros; there is at least one. It is called once at most, and may panic: then there is no
    /// object.
    fn put_in_place(&self, length: usize, fill: &mut dyn FnMut(&mut [u8]), at: Caller) -> Result<(ObjectId, Epoch)> {
        let mut bytes = vec![0; length];
        fill(&mut bytes);
        self.put(&[&bytes], at)
    }

    /// Runs a command of the ledger. `bytes` is the new version for `Commit`, `Checkpoint` and `OwnerCommit`, and empty
    /// otherwise.
    fn apply(&self, object: ObjectId, command: Command, bytes: Pieces<'_>, at: Caller) -> Result<Reply>;

    /// Writes a version into a file without a name, for another process that has the store open. Returns a descriptor for
    /// reading. Returns `None` if the store has no such files, or the system refuses one.
    #[allow(dead_code, reason = "only workers write such files")]
    fn write_unnamed(&self, _bytes: Pieces<'_>) -> Option<File> {
        None
    }

    /// Runs `OwnerCommit` on the `base`. The new version is in a file without a name, which becomes the version's file if
    /// that is possible.
    fn write_file(&self, object: ObjectId, base: Epoch, file: &VersionFile, at: Caller) -> Result<Reply> {
        self.apply(object, Command::OwnerCommit { base }, &[file.bytes()], at)
    }

    /// Waits until as many replicas as the session's settings ask for have every commit of this session that `apply` has
    /// returned from. If too few replicas have them in time, the error is `CommittedNotReplicated`, and the call may be
    /// made again. `object` is the object of the session's last commit.
    fn confirm(&self, _object: ObjectId, _at: Caller) -> Result<()> {
        Ok(())
    }

    /// Gives up a borrow or an object as `apply` does, but need not wait for the ledger. So other sessions may see the
    /// object as held for a moment longer. Later calls of this session take effect after this call. In a forked child
    /// this call does nothing, since the borrow is the parent's.
    fn let_go(&self, object: ObjectId, command: Command, at: Caller) -> Result<()> {
        if self.is_opener() { self.apply(object, command, &[], at).map(|_| ()) } else { Ok(()) }
    }

    /// Publishes this session's object under `name`, as the command `Publish` does. Another session sees the object as
    /// published and named, or as owned by this session. The error is `NameTaken` if the name leads to another
    /// published object, and `TooManyNames` if the store has no room for the name.
    fn publish(&self, object: ObjectId, name: &ObjectName, at: Caller) -> Result<()>;

    /// Returns the object that has the name; `None` if no object has it. The object may be gone, or have an owner.
    fn named(&self, name: &ObjectName) -> Result<Option<ObjectId>>;

    /// Waits until no other session is in the middle of a [`publish`](Backend::publish) under the name.
    fn settle_name(&self, _name: &ObjectName) -> Result<()> {
        Ok(())
    }

    /// Takes the name from `object`, if that object has the name and is not published.
    fn forget_name(&self, name: &ObjectName, object: ObjectId) -> Result<()>;

    /// Returns the names that begin with `prefix`, and the objects that have them, in the order of the names. Other
    /// sessions may give and take names meanwhile.
    fn names(&self, prefix: &str) -> Result<Vec<(ObjectName, ObjectId)>>;

    /// Returns the bytes of a version of an object. The caller got the version from an earlier call of this session. If
    /// the store does not have the version any more, the error is `Gone`.
    fn read(&self, object: ObjectId, version: Epoch) -> Result<Bytes>;

    /// Returns whether [`read`](Backend::read) maps a version of so many bytes, and does not copy it.
    fn maps(&self, _length: usize) -> bool {
        false
    }

    /// Returns true if a look without a command shows that the object has no owner, and that the version is its current
    /// one. False says nothing. The caller got the version from an earlier call of this session. A session that is
    /// observed says false: each read is to be seen.
    fn is_newest(&self, _object: ObjectId, _version: Epoch) -> Result<bool> {
        Ok(false)
    }

    /// Returns the current version of an object without an owner, and its bytes unless the version is `known`. No
    /// borrow excludes the call. The version and the bytes belong together, also if a writer commits meanwhile.
    fn snapshot(&self, object: ObjectId, known: Option<Epoch>, at: Caller) -> Result<(Epoch, Option<Bytes>)> {
        loop {
            let version = match self.apply(object, Command::Get, &[], at)? {
                Reply::Version(version) => version,
                _ => return Err(refuse(object, Command::Get, Refusal::Gone, Vec::new())),
            };
            if known == Some(version) {
                return Ok((version, None));
            }
            match self.read(object, version) {
                // A commit has replaced the version. If the object itself is gone, the next round says so.
                Err(error) if error.kind() == ErrorKind::Gone => {}
                read => return read.map(|bytes| (version, Some(bytes))),
            }
        }
    }

    /// Returns the current version of an object without an owner, and its first bytes: those of its header and of its
    /// type's name, or more. No borrow excludes the call. A server sends no more than a small version has.
    fn head(&self, object: ObjectId, at: Caller) -> Result<VersionHead> {
        match self.snapshot(object, None, at)? {
            (version, Some(bytes)) => Ok(VersionHead { version, length: bytes.len(), bytes }),
            (_, None) => Err(refuse(object, Command::Get, Refusal::Gone, Vec::new())),
        }
    }

    /// Returns the object's current version. The error is `Gone` if the object is gone, or if it is doomed and only its
    /// last borrowers keep it.
    fn current(&self, object: ObjectId) -> Result<Epoch>;

    /// Takes a snapshot to [`wait`](Backend::wait) on. Call this before a command whose refusal is to be waited out:
    /// any change after the snapshot ends the wait at once.
    fn watch(&self, object: ObjectId) -> Watch;

    /// Takes a snapshot to [wait for a version](Backend::wait_for_version) with. Call this before the call that finds which
    /// version is current.
    fn watch_version(&self, object: ObjectId) -> Watch {
        self.watch(object)
    }

    /// Returns how long a waiting call sleeps at most before it looks for dead holders again.
    fn slice(&self) -> Duration {
        SLICE
    }

    /// Waits until the state of `object` differs from `watch`, or `slice` is over. May return early.
    fn wait(&self, object: ObjectId, watch: Watch, slice: Duration);

    /// Waits until `known` is no longer the current version of the published `object`, or `slice` is over. May return
    /// early. The caller took `watch` with [`watch_version`](Backend::watch_version), and then found that `known` is current.
    fn wait_for_version(&self, object: ObjectId, _known: Epoch, watch: Watch, slice: Duration) {
        self.wait(object, watch, slice);
    }

    /// Waits until `object` has no owner, is gone, or `slice` is over. May return early. The caller took `watch` with
    /// [`watch`](Backend::watch), and then found that the object has an owner or is in transit.
    fn wait_for_detach(&self, object: ObjectId, watch: Watch, slice: Duration) {
        self.wait(object, watch, slice);
    }

    /// Takes a snapshot to [wait for the name](Backend::wait_for_name) with. Call this before
    /// [`named`](Backend::named): any later publication under the name ends the wait at once.
    fn watch_name(&self, name: &ObjectName) -> Watch;

    /// Waits until an object is published under `name` after `watch` was taken, or `slice` is over. May return early.
    fn wait_for_name(&self, name: &ObjectName, watch: Watch, slice: Duration);

    /// Reserves `object` in turn: runs `Reserve`, unless a call that has joined the queue of the object's writers earlier
    /// still waits there. Returns `None` then. A call that is refused because of a borrow, or that gets `None`, joins the
    /// queue: `place` becomes its place, if the backend has room for one. A call that is granted gives its place back.
    /// A backend may also return `None` while a writer has the object, instead of refusing the first call.
    ///
    /// The queue orders the calls that ask, and decides nothing else. `apply` runs `Reserve` at once, whatever calls wait.
    fn reserve_in_turn(&self, object: ObjectId, _place: &mut Option<QueuePlace>, at: Caller) -> Result<Option<Reply>> {
        self.apply(object, Command::Reserve, &[], at).map(Some)
    }

    /// Waits until no earlier call is in the queue of the object's writers, or `slice` is over. May return early. If the
    /// object could be reserved for a while and the first call in the queue has not asked, that call is skipped until it
    /// asks again: its process may be stopped or dead.
    fn wait_in_queue(&self, _object: ObjectId, _place: &mut QueuePlace, _slice: Duration) {}

    /// Takes a call that gives up out of the queue. In a forked child this call does nothing, since the place is the
    /// parent's.
    fn leave_queue(&self, _object: ObjectId, _place: &QueuePlace) {}

    /// Notes that this session waits for `awaited`, as the waits above do, and does not wait. The caller took `watch` and
    /// then found that it has to wait. From then on a change rings the [`bell`](crate::sync::bell) of this process or
    /// the store's doorbell. Returns false if it may have changed since.
    #[cfg_attr(not(feature = "async"), allow(dead_code, reason = "only async calls wait without a thread"))]
    fn arm(&self, awaited: &Awaited, watch: Watch) -> bool;

    /// Returns whether `awaited` may have changed since `watch` was taken. Asks no server.
    #[cfg_attr(not(feature = "async"), allow(dead_code, reason = "only async calls wait without a thread"))]
    fn is_changed(&self, awaited: &Awaited, watch: Watch) -> bool;

    /// Recovers dead holders of the object that is waited for, as the waits above do.
    #[cfg_attr(not(feature = "async"), allow(dead_code, reason = "only async calls wait without a thread"))]
    fn recover_awaited(&self, _awaited: &Awaited) {}

    /// Returns the doorbell of the store, if other processes change what this session waits for and no message says so.
    #[cfg_attr(not(feature = "async"), allow(dead_code, reason = "only async calls wait without a thread"))]
    fn doorbell(&self) -> Result<Option<Arc<dyn Doorbell>>> {
        Ok(None)
    }

    /// Returns a number of the server to which the calls of this session send requests, and for which they may so wait;
    /// `None` if there is no server. Sessions at one server have one number.
    #[cfg_attr(not(feature = "async"), allow(dead_code, reason = "only async calls care"))]
    fn server(&self) -> Option<usize> {
        None
    }

    /// Notes that a call has waited for `awaited` since then without a thread, and waits no more.
    #[cfg_attr(not(feature = "async"), allow(dead_code, reason = "only async calls wait without a thread"))]
    fn has_waited(&self, _awaited: &Awaited, _since: Instant) {}

    /// Returns how this session borrows `object`; `None` if it does not borrow it. An exclusive borrow does not count
    /// any more if it was revoked or if the object is doomed.
    fn hold(&self, object: ObjectId) -> Result<Option<Hold>>;

    /// Returns whether `object` is lent exclusively and the loan's ticket is not redeemed yet.
    fn is_offered(&self, object: ObjectId) -> Result<bool>;

    /// Ends the loan of `object`, as `End` does. If [`is_offered`](Backend::is_offered) is true, does nothing and
    /// returns `None`.
    fn end_redeemed(&self, object: ObjectId, at: Caller) -> Result<Option<Reply>> {
        if self.is_offered(object)? {
            return Ok(None);
        }
        self.apply(object, Command::End, &[], at).map(Some)
    }

    /// Keeps the description of a type for as long as the store exists, unless the store has it. Returns false if it
    /// could not be written and another call may succeed. No rule rests on descriptions: errors quote them. So a
    /// failure is no error, and a damaged description counts as none.
    fn describe(&self, fingerprint: u64, description: &str) -> bool;

    /// Returns the description with this fingerprint, if the store has it.
    fn description(&self, fingerprint: u64) -> Option<String>;

    /// Returns the detached objects. Other sessions may detach, adopt and remove objects meanwhile.
    fn detached(&self) -> Result<Vec<ObjectId>>;

    /// Counts what is in the store. Other sessions may change the store during the count.
    fn stats(&self) -> Result<Stats>;

    /// Returns the store, to look into it.
    fn inspect(&self) -> Result<&dyn Inspect>;

    /// Returns false if no exclusive borrower died in the loan that this session, the owner, ended last. Asks no server.
    fn may_have_died(&self, _object: ObjectId) -> bool {
        true
    }

    /// Returns the process that died as the exclusive borrower of `object`, in the loan that this session, the owner,
    /// ended last; `None` if no borrower died.
    fn died(&self, object: ObjectId) -> Option<Holder>;

    /// Recovers every dead session, and reclaims every object whose ownership ticket has expired. Returns how many
    /// sessions and objects these were.
    fn reap(&self) -> Result<usize>;

    /// Returns whether this process opened the session. A forked child did not open the sessions that it has from its
    /// parent.
    fn is_opener(&self) -> bool;

    /// Returns whether the process with this number has the store open; `None` if the backend cannot tell.
    fn is_open_in(&self, _pid: u32) -> Option<bool> {
        None
    }

    /// Returns true if the backend can tell, without asking a server, that `version` is not current any more or that
    /// `object` is gone.
    fn is_superseded(&self, _object: ObjectId, _version: Epoch) -> bool {
        false
    }

    /// Returns the session's liveness; `None` if the session lives as long as its process.
    fn liveness(&self) -> Option<Arc<Liveness>> {
        None
    }
}

/// A version, its first bytes, and how many bytes it has.
pub(crate) struct VersionHead {
    pub(crate) version: Epoch,
    pub(crate) length: usize,
    pub(crate) bytes: Bytes,
}

/// How a session borrows an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hold {
    Shared,
    /// The borrow has this fencing token.
    Exclusive(Epoch),
}
