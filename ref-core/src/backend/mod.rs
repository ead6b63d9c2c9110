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

#[cfg(test)]
mod conformance;
pub(crate) mod memory;
#[cfg(feature = "redis")]
pub(crate) mod redis;
#[cfg_attr(not(feature = "redis"), allow(dead_code, reason = "only `redis` opens what it reads"))]
pub(crate) mod server;
#[cfg(all(feature = "shm", target_os = "linux"))]
pub(crate) mod shm;
mod stats;

pub use stats::{Persistence, Stats};

use crate::error::{AccessKind, Conflict, HeldAs, Holder};
use crate::id::{Epoch, ObjectId, StoreId};
use crate::ledger::{Command, Refusal, Reply};
use crate::sync::{Arc, OnceLock};
use crate::{Error, ErrorKind, Result};
use std::panic::Location;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The line of user code that asked.
pub(crate) type Place = &'static Location<'static>;

/// How often a waiter looks for dead holders.
pub(crate) const SLICE: Duration = Duration::from_millis(50);

/// A store's place, opened: one session in its ledger. See the module for the contract.
pub(crate) trait Backend: Send + Sync {
    /// Which store this is.
    fn id(&self) -> StoreId;

    /// Makes an object, owned by this session, whose first version is `bytes`.
    fn put(&self, bytes: &[u8], at: Place) -> Result<(ObjectId, Epoch)>;

    /// Asks the ledger. `bytes` is the new version for `Commit` and `OwnerCommit`, and empty otherwise.
    fn apply(&self, object: ObjectId, command: Command, bytes: &[u8], at: Place) -> Result<Reply>;

    /// Gives a borrow back as `apply` does, and need not wait for the ledger: another session may find it held for
    /// another moment. Whatever this session asks next comes after it. A forked child has nothing to give back.
    fn let_go(&self, object: ObjectId, command: Command, at: Place) -> Result<()> {
        if self.is_home() { self.apply(object, command, &[], at).map(|_| ()) } else { Ok(()) }
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
    fn is_home(&self) -> bool;

    /// Whether the process of that number has the store open, where that can be seen without asking a server.
    fn is_open_in(&self, _pid: u32) -> Option<bool> {
        None
    }

    /// Whether `version` is not the current one of `object`, or that is gone; as far as that can be seen so.
    fn is_superseded(&self, _object: ObjectId, _version: Epoch) -> bool {
        false
    }

    /// Whether the session still lives, where a process can outlive its session.
    fn vital(&self) -> Option<Arc<Vital>> {
        None
    }
}

/// Whether a session lives; it is over once.
#[derive(Debug, Default)]
pub(crate) struct Vital(OnceLock<()>);

impl Vital {
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

/// A session in this process's store of that name; without a name, in a store of its own.
pub(crate) fn open_memory(name: &str, settings: Settings) -> Result<Arc<dyn Backend>> {
    memory::open(name, settings)
}

/// The folder of the shared-memory store of that name, as the environment has it now.
#[cfg(all(feature = "shm", target_os = "linux"))]
pub(crate) fn named_folder(name: &str) -> Result<PathBuf> {
    Ok(shm::base().join(name))
}

/// A session in the shared-memory store in that folder, which is one of its base.
#[cfg(all(feature = "shm", target_os = "linux"))]
pub(crate) fn open_shm(folder: &Path, settings: Settings) -> Result<Arc<dyn Backend>> {
    shm::open(&shm::Location::Named(folder.to_owned()), settings)
}

/// A session in the store in that folder.
#[cfg(all(feature = "shm", target_os = "linux"))]
pub(crate) fn open_file(folder: &Path, settings: Settings) -> Result<Arc<dyn Backend>> {
    shm::open(&shm::Location::Folder(folder.to_owned()), settings)
}

#[cfg(not(all(feature = "shm", target_os = "linux")))]
pub(crate) fn named_folder(name: &str) -> Result<PathBuf> {
    Err(elsewhere(&format!("shm://{name}")))
}

#[cfg(not(all(feature = "shm", target_os = "linux")))]
pub(crate) fn open_shm(folder: &Path, _settings: Settings) -> Result<Arc<dyn Backend>> {
    Err(elsewhere(&folder.display().to_string()))
}

#[cfg(not(all(feature = "shm", target_os = "linux")))]
pub(crate) fn open_file(folder: &Path, _settings: Settings) -> Result<Arc<dyn Backend>> {
    Err(elsewhere(&format!("file:{}", folder.display())))
}

/// A session in that server's store.
#[cfg(feature = "redis")]
pub(crate) fn open_redis(server: &server::Server, settings: Settings) -> Result<Arc<dyn Backend>> {
    redis::open(server, settings)
}

#[cfg(not(feature = "redis"))]
pub(crate) fn open_redis(server: &server::Server, _settings: Settings) -> Result<Arc<dyn Backend>> {
    Err(Error::new(ErrorKind::Unsupported, format!("this build of `ref-core` cannot open `{server}`"))
        .with_remedy("build it with its feature `redis`, or `redis-tls` for `rediss://`"))
}

/// The refusal of an address that other builds serve.
#[cfg(not(all(feature = "shm", target_os = "linux")))]
fn elsewhere(address: &str) -> Error {
    Error::new(ErrorKind::Unsupported, format!("this build of `ref-core` cannot open `{address}`"))
        .with_remedy("build it for Linux with its feature `shm`; here `memory:` and `memory:NAME` work")
}

#[cfg(all(test, not(all(feature = "shm", target_os = "linux"))))]
mod without_shm {
    use crate::ErrorKind;
    use std::path::Path;

    #[test]
    fn what_takes_shared_memory_is_refused_by_its_address_with_what_works_instead() {
        let shm = (super::named_folder("lab").err(), "shm://lab");
        let file = (super::open_file(Path::new("/tmp/lab"), super::Settings::default()).err(), "file:/tmp/lab");
        for (error, address) in [shm, file] {
            let error = error.unwrap();
            assert_eq!(error.kind(), ErrorKind::Unsupported);
            let text = error.to_string();
            assert!(text.contains(&format!("this build of `ref-core` cannot open `{address}`")), "{text}");
            assert!(text.contains("here `memory:` and `memory:NAME` work"), "{text}");
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

/// What a child process is told that has a copy of its parent's handles.
pub(crate) fn forked() -> Error {
    Error::new(ErrorKind::Forked, "this handle belongs to the process that this one was forked from").with_remedy(
        "start the child as a program of its own (`std::process::Command`), pass it a ticket, and open the store there",
    )
}

/// What a session is told whose lease has run out.
pub(crate) fn session_over() -> Error {
    Error::new(
        ErrorKind::SessionLost,
        "this session's lease has run out: the store's server did not hear of it in time",
    )
    .with_remedy(
        "what is loaded can be read and taken out; open the store again, and `reattach` what this session owned",
    )
}

/// The ledger's refusal in the user's words.
pub(crate) fn refuse(object: ObjectId, command: Command, refusal: Refusal, holders: Vec<Holder>) -> Error {
    let conflict = |held, holders| Conflict { object, asked: asked(command), held, holders };
    match refusal {
        Refusal::Conflict(held) => Error::new(ErrorKind::Conflict, format!("cannot {}", act(command)))
            .with_conflict(conflict(held, holders))
            .with_remedy(conflict_remedy(command, held)),
        Refusal::AlreadyRedeemed => {
            let (held, message) = match command {
                Command::Claim { .. } => (HeldAs::Owner, "this ownership ticket has been claimed already"),
                _ => (HeldAs::BorrowMut, "this exclusive ticket has been redeemed already"),
            };
            let known = !holders.is_empty();
            let error = Error::new(ErrorKind::AlreadyRedeemed, message)
                .with_remedy("such a ticket is good for one use; ask its sender for another");
            if known { error.with_conflict(conflict(held, holders)) } else { error }
        }
        Refusal::Expired => {
            Error::new(ErrorKind::Expired, format!("cannot {}: its loan or offer is over", act(command))).with_remedy(
                "the lender must keep its `Loan` alive until every borrower is done, then lend again for a new ticket",
            )
        }
        Refusal::Gone => Error::new(ErrorKind::Gone, format!("cannot {}: the object is gone", act(command)))
            .with_remedy(
                "its owner dropped it, took it out, or died, or it was removed; own what is needed for longer",
            ),
        Refusal::Fenced => Error::new(ErrorKind::Fenced, format!("cannot {}: this lease was revoked", act(command)))
            .with_remedy(
                "nothing was changed; `commit_or_return` gives the value back: redeem a new ticket to try again",
            ),
        Refusal::Diverged => {
            Error::new(ErrorKind::Diverged, format!("cannot {}: the store has a newer version", act(command)))
                .with_remedy("borrow again to read it, and repeat the change on it")
        }
        Refusal::Exhausted => {
            Error::new(ErrorKind::Exhausted, format!("cannot {}: the object's counter is used up", act(command)))
                .with_remedy("put the value into the store anew")
        }
    }
}

fn conflict_remedy(command: Command, held: HeldAs) -> &'static str {
    match held {
        HeldAs::Borrow | HeldAs::BorrowMut if matches!(command, Command::Adopt | Command::Evict | Command::Share) => {
            "try again when they are done"
        }
        HeldAs::Borrow | HeldAs::BorrowMut => {
            "wait for it, with the loan's `end` or without a loan handle with `end_loan`; or take it back, with `revoke` or \
             `revoke_loan`"
        }
        HeldAs::Owner => "only its owner can; ask for a ticket",
        HeldAs::InTransit => "claim its ticket first",
        HeldAs::Detached => "adopt it by its key first",
        HeldAs::Published => "borrow it by its name",
    }
}

fn asked(command: Command) -> AccessKind {
    match command {
        Command::OpenShared | Command::RedeemShared { .. } | Command::Return => AccessKind::Borrow,
        Command::Get | Command::Share | Command::Unshare => AccessKind::Borrow,
        Command::OpenExclusive { .. } | Command::Reissue { .. } | Command::RedeemExclusive { .. } => {
            AccessKind::BorrowMut
        }
        Command::Abort { .. } | Command::Commit { .. } | Command::OwnerCommit { .. } => AccessKind::BorrowMut,
        Command::Reserve | Command::Grant => AccessKind::BorrowMut,
        _ => AccessKind::Own,
    }
}

fn act(command: Command) -> &'static str {
    match command {
        Command::Put => "put this object",
        Command::OpenShared => "lend this object shared",
        Command::OpenExclusive { .. } => "lend this object exclusively",
        Command::Reissue { .. } => "reissue the ticket of this loan",
        Command::RedeemShared { .. } | Command::RedeemExclusive { .. } => "redeem this ticket",
        Command::Return | Command::Abort { .. } | Command::Unshare => "give this borrow back",
        Command::Commit { .. } => "commit this lease",
        Command::OwnerCommit { .. } => "write this object's new version",
        Command::End => "end this loan",
        Command::Revoke => "revoke this loan",
        Command::DropOwner => "drop this object",
        Command::Send { .. } => "send this object",
        Command::Claim { .. } | Command::TransitExpired { .. } => "claim this ticket",
        Command::Detach => "detach this object",
        Command::Publish => "publish this object",
        Command::Adopt => "adopt this object",
        Command::Get | Command::Share => "read this object",
        Command::Evict => "evict this object",
        Command::Reserve | Command::Grant => "borrow this object exclusively",
    }
}
