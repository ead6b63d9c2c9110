//! What a store asks of the place that it lives in: bytes and ledger requests, never types.
//!
//! # Contract
//! 1. `apply` answers as [`ledger::step`](crate::ledger::step) does, from any process, at any interleaving.
//! 2. A version is immutable: what `read` returned never changes, and a version is visible whole or not at all.
//! 3. Before a conflict is answered, the holders that would be named are probed, and the dead are recovered.
//! 4. A session that died at any instruction is recovered by whoever meets it; recovery may die and be repeated.
//! 5. An error changes nothing: the same call may be made again.
//! 6. A session gives back as often as it borrowed. How many borrows it has is its backend's business; the ledger
//!    hears of the first and of the last.
//! 7. An object whose ownership ticket nobody claims goes after ten minutes, when somebody next looks.

mod address;
#[cfg(test)]
mod conformance;
mod memory;
mod name;
#[cfg(feature = "redis")]
mod redis;
mod refusal;
#[cfg(all(feature = "shm", target_os = "linux"))]
mod shm;
mod stats;

pub(crate) use address::{Absolute, Address};
pub(crate) use refusal::{forked, refuse, session_over};
pub use stats::{Persistence, Stats};

use crate::Result;
use crate::error::Holder;
use crate::id::{Epoch, ObjectId, StoreId};
use crate::ledger::{Command, Reply};
use crate::sync::{Arc, OnceLock};
use std::panic::Location;
use std::time::Duration;

/// The line of user code that asked.
pub(crate) type Caller = &'static Location<'static>;

/// As [`Caller`].
pub(crate) type Place = Caller;

/// How often a waiter looks for dead holders.
pub(crate) const SLICE: Duration = Duration::from_millis(50);

/// A store's place, opened: one session in its ledger. See the module for the contract.
pub(crate) trait Backend: Send + Sync {
    /// Which store this is.
    fn id(&self) -> StoreId;

    /// Makes an object, owned by this session, whose first version is `bytes`.
    fn put(&self, bytes: &[u8], at: Caller) -> Result<(ObjectId, Epoch)>;

    /// Asks the ledger. `bytes` is the new version for `Commit` and `OwnerCommit`, and empty otherwise.
    fn apply(&self, object: ObjectId, command: Command, bytes: &[u8], at: Caller) -> Result<Reply>;

    /// Gives a borrow back as `apply` does, and need not wait for the ledger: another session may find it held for
    /// another moment. Whatever this session asks next comes after it. A forked child has nothing to give back.
    fn let_go(&self, object: ObjectId, command: Command, at: Caller) -> Result<()> {
        if self.is_opener() { self.apply(object, command, &[], at).map(|_| ()) } else { Ok(()) }
    }

    /// The bytes of a version that this session owns, holds, or held when it asked.
    fn read(&self, object: ObjectId, version: Epoch) -> Result<Bytes>;

    /// The object's current version; `Gone` also for one that only its last borrowers keep.
    fn current(&self, object: ObjectId) -> Result<Epoch>;

    /// A snapshot to [`wait`](Backend::wait) on; take it before asking the ledger.
    fn watch(&self, object: ObjectId) -> Watch;

    /// Waits until something about `object` changed since `watch`, or `slice` is over. May return early.
    fn wait(&self, object: ObjectId, watch: Watch, slice: Duration);

    /// How this session borrows `object` under a loan that was not revoked, if it does.
    fn hold(&self, object: ObjectId) -> Result<Option<Hold>>;

    /// Whether `object` is lent exclusively, and its ticket was not redeemed yet.
    fn is_offered(&self, object: ObjectId) -> Result<bool>;

    /// Counts what is in the store, while others go on changing it.
    fn stats(&self) -> Result<Stats>;

    /// Who died holding the exclusive loan of `object` that this session, its owner, ended last.
    fn died(&self, object: ObjectId) -> Option<Holder>;

    /// Recovers every dead session and expired ticket that can be found; returns how many.
    fn reap(&self) -> Result<usize>;

    /// Whether this process is the one that opened the store, and not a fork of it.
    fn is_opener(&self) -> bool;

    /// Whether the process of that number has the store open, where that can be seen without asking a server.
    fn is_open_in(&self, _pid: u32) -> Option<bool> {
        None
    }

    /// Whether `version` is not the current one of `object`, or that is gone; as far as that can be seen so.
    fn is_superseded(&self, _object: ObjectId, _version: Epoch) -> bool {
        false
    }

    /// Whether the session still lives, where a process can outlive its session.
    fn liveness(&self) -> Option<Arc<Liveness>> {
        None
    }
}

/// Whether a session lives; it is over once.
#[derive(Debug, Default)]
pub(crate) struct Liveness(OnceLock<()>);

impl Liveness {
    #[cfg_attr(not(feature = "redis"), allow(dead_code, reason = "only sessions with a server are lost"))]
    pub(crate) fn end(&self) {
        self.0.get_or_init(|| ());
    }

    #[inline]
    pub(crate) fn is_over(&self) -> bool {
        self.0.get().is_some()
    }
}

/// What a session is opened with. Slots and records count where it makes the store.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(
    not(all(feature = "redis", feature = "shm", target_os = "linux")),
    allow(dead_code, reason = "each backend reads those that concern it")
)]
pub(crate) struct Settings {
    pub(crate) slots: u32,
    pub(crate) records: u32,
    /// How long an ownership ticket waits to be claimed.
    pub(crate) transit: Duration,
    /// How long a session lives without being heard of, where it cannot be seen to die.
    pub(crate) lease: Duration,
    /// How long the objects of such a session wait to be attached again.
    pub(crate) orphans: Duration,
    /// How long to wait for a server.
    pub(crate) patience: Duration,
    /// Whether a store that is not there is refused, and not made.
    pub(crate) must_exist: bool,
    /// Whether a copy of a store becomes a store of its own.
    pub(crate) as_copy: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            slots: 1 << 10,
            records: 1 << 16,
            transit: Duration::from_secs(600),
            lease: Duration::from_secs(10),
            orphans: Duration::from_secs(24 * 60 * 60),
            patience: Duration::from_secs(5),
            must_exist: false,
            as_copy: false,
        }
    }
}

/// A version's bytes.
#[derive(Debug)]
pub(crate) enum Bytes {
    /// Kept by the process.
    Shared(Arc<[u8]>),
    /// Copied out of the store.
    #[cfg(all(feature = "shm", target_os = "linux"))]
    Copied(Vec<u8>),
    /// In the store, mapped, immutable.
    #[cfg_attr(loom, allow(dead_code, reason = "loom maps no files"))]
    #[cfg(all(feature = "shm", target_os = "linux"))]
    Mapped(memmap2::Mmap),
}

impl std::ops::Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Shared(bytes) => bytes,
            #[cfg(all(feature = "shm", target_os = "linux"))]
            Self::Copied(bytes) => bytes,
            #[cfg(all(feature = "shm", target_os = "linux"))]
            Self::Mapped(map) => map,
        }
    }
}

/// A session's borrow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hold {
    Shared,
    /// Under this token.
    Exclusive(Epoch),
}

/// A moment in an object's history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Watch(pub(crate) u32);
