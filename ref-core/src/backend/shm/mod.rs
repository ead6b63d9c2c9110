//! `shm://` and `file:`: one host, many processes, any of which may be killed.
//!
//! Everything that decides is in one file, the ledger, mapped by every process; versions are files beside it. Five ideas
//! carry it: bits instead of counts, so that a dead holder's share is known; a kernel lock as proof of life and right to
//! recover; Dekker's handshake between borrower and lender; a new file for every version; one swap that is the commit.
//!
//! # A borrow and an end cannot overlap
//! A borrower sets its bit and then loads the state, both sequentially consistent; a lender changes the state, fences,
//! loads the bits. These are totally ordered: either the lender sees the bit, or the borrower sees the changed state and
//! backs out. The bytes of a version are written before its token is released into `current`, which the borrower's
//! load acquires.
//!
//! # A doomed object is reclaimed by somebody
//! By the last who lets go of it: each changes its word (a bit, the owner, the state of a writer), and looks at the words
//! of the others, in that order for all.
//!
//! `sync::stepped` says why these orders hold. `loom` plays the handshakes in every order, and with each of their fences
//! left out.

mod answer;
mod attach;
mod bits;
mod borrow;
mod census;
mod clock;
mod exit;
mod folder;
mod fork;
mod layout;
mod ledger_file;
mod lend;
mod local;
#[cfg(all(test, loom))]
mod loom;
mod mark;
mod notes;
mod open;
mod own;
mod record;
mod recover;
mod remains;
mod slot;
#[cfg(all(test, not(loom)))]
mod tests;
mod unfinished;
#[cfg_attr(loom, path = "loom/version.rs")]
mod version;
#[cfg_attr(loom, path = "loom/words.rs")]
mod words;

use super::{Backend, Bytes, Hold, Place, Stats, Watch, forked, refuse};
use crate::error::{Error, ErrorKind, Holder, Result};
use crate::id::{Epoch, ObjectId, StoreId};
use crate::ledger::{Command, Refusal, Reply};
use crate::sync::plain::{AtomicU32, AtomicU64};
use crate::sync::{Mutex, Ordering, lock, mutant, point, stepped};
pub(super) use attach::open;
use clock::Deadline;
pub(super) use folder::base;
use folder::{Folder, is_named};
use layout::{Header, Map};
use ledger_file::LEDGER;
use local::Local;
use mark::Mark;
use notes::Places;
use record::{Mode, OwnerKind, Record};
use slot::Slot;
use std::fs::File;
use std::path::PathBuf;
use std::time::Duration;
use unfinished::Unfinished;
use version::Versions;

/// How often a waiter looks whether those it waits for are dead.
const GLANCE: Duration = Duration::from_millis(4);

/// Where a store lives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Location {
    /// `shm://NAME`: a folder of that name in a base of such folders.
    Named(PathBuf),
    /// In a folder of a local disk.
    Folder(PathBuf),
}

/// What all sessions of a store have in common: the ledger and the versions.
struct Table {
    map: Map,
    folder: Folder,
    file: File,
}

/// One session.
pub(crate) struct Shm {
    table: Table,
    /// `None` only while closing.
    slot: Option<Slot>,
    me: u16,
    local: Local,
    places: Places,
    /// Records that this session saw become free: a hint where to look first.
    spare: Mutex<Vec<u32>>,
    puts: AtomicU32,
    /// What this session owns or borrows exclusively, or did until a lender took it back.
    held: AtomicU64,
    unfinished: Unfinished,
    /// How long a ticket waits to be claimed.
    transit: Duration,
}

impl Table {
    fn versions(&self) -> Versions<'_> {
        Versions { folder: &self.folder, ledger: &self.file }
    }

    fn record(&self, index: u32) -> Option<Record<'_>> {
        Record::at(&self.map, index)
    }

    /// Recovers every slot whose process is dead; returns how many, and the first error. One that cannot be looked at keeps
    /// no other from it. `me` is left out.
    fn recover_all(&self, me: Option<u16>) -> (usize, Result<()>) {
        let others = (0..self.map.layout().slots).filter(|slot| Some(*slot) != me);
        others.map(|slot| self.recover_if_dead(slot)).fold((0, Ok(())), |(sum, all), one| match one {
            Ok(was_dead) => (sum + usize::from(was_dead), all),
            Err(error) => (sum, all.and(Err(error))),
        })
    }

    /// Removes the store unless something in it outlives its sessions. The caller holds the ledger's lock alone.
    fn remove_if_finished(&self) -> Result<()> {
        if !self.folder.is_ours() || !Mark::of(&self.file).is_some_and(|mark| mark.named) {
            return Ok(());
        }
        self.restore_locks()?;
        self.recover_all(None).1?;
        let stays = |record: Record<'_>| match record.owner().kind() {
            OwnerKind::Transit => !record.deadline().is_over(),
            OwnerKind::Detached | OwnerKind::Published => !record.state().doomed(),
            OwnerKind::None | OwnerKind::Slot => false,
        };
        match self.used_records().any(stays) {
            true => Ok(()),
            false => self.folder.remove(&self.file),
        }
    }
}

impl Shm {
    fn new(table: Table, slot: Option<Slot>, me: u16, transit: Duration) -> Self {
        let local = Local::new(table.map.layout().records);
        let (puts, held) = (AtomicU32::new(0), AtomicU64::new(0));
        let (places, spare, unfinished) = (Places::new(), Mutex::new(Vec::new()), Unfinished::default());
        Self { table, slot, me, local, places, spare, puts, held, unfinished, transit }
    }

    /// Before every call: refuses what a forked child, or a process that was declared dead, must not do, and tries again what
    /// the system refused to an earlier call behind its point of no return.
    fn check(&self) -> Result<()> {
        if !fork::is_home() {
            return Err(forked());
        }
        match &self.slot {
            Some(slot) if slot.is_mine(&self.table.map) => {
                self.catch_up();
                Ok(())
            }
            _ => Err(exit::explain_lost_slot()),
        }
    }

    /// Refuses to acknowledge what no other process would find: the ledger, or the proof that this session lives, is
    /// not where others look for it.
    fn check_found(&self) -> Result<()> {
        let Table { folder, file, .. } = &self.table;
        let seen = is_named(folder, LEDGER, file) && self.slot.as_ref().is_none_or(|slot| slot.is_seen(folder));
        if seen { Ok(()) } else { Err(version::removed()) }
    }

    /// What fails in a store that was removed fails because of that.
    fn explain(&self, error: Error) -> Error {
        let removed = error.kind() == ErrorKind::Io && folder::is_removed(&self.table.file);
        if removed { version::removed() } else { error }
    }

    /// A version that is missing and current was not replaced: its file leaves only after the record names another.
    fn explain_missing(&self, object: ObjectId, version: Epoch, error: Error) -> Error {
        let is_current = |record: Record<'_>| {
            let state = record.state();
            record.current() == version && !state.doomed() && !state.is(Mode::Free) && !state.is(Mode::Reclaiming)
        };
        // The second look at the record: it may have become another object's since the first.
        let is_lost = self.record(object).is_some_and(is_current) && self.record(object).is_some();
        if error.kind() == ErrorKind::Gone && is_lost { version::lost() } else { error }
    }

    /// The record of an object, if it is still that object's.
    fn record(&self, object: ObjectId) -> Option<Record<'_>> {
        self.table.record(object.index).filter(|record| record.birth() == object.birth)
    }

    fn holder(&self, slot: u16, record: Record<'_>) -> Holder {
        self.table.holder(slot, record.index)
    }

    /// Takes a doomed object apart if no session holds it. Every command calls this behind its point of no return.
    fn reclaim(&self, record: Record<'_>) {
        if !record.state().doomed() {
            return;
        }
        self.finish_record_later(self.table.reclaim_doomed(self.me, record), record);
        if record.state().is(Mode::Free) {
            lock(&self.spare).push(record.index);
        }
    }

    fn holds_more(&self) {
        self.held.fetch_add(1, Ordering::Relaxed);
    }

    fn holds_less(&self) {
        self.held.fetch_sub(1, Ordering::Relaxed);
    }

    /// Whether nothing is left for a recoverer. What a lender took back is still counted, so a count above zero asks for a
    /// look.
    fn holds_nothing(&self) -> bool {
        let holds = |record| recover::is_held_by(record, self.me);
        let counted = self.held.load(Ordering::Relaxed) > 0;
        self.unfinished.is_empty() && self.local.is_empty() && !(counted && self.table.used_records().any(holds))
    }

    /// Ends the session as the death of its process would, and recovers it at once. The process never goes on.
    fn end_with_process(&self) -> Result<()> {
        let Some(slot) = self.slot.as_ref().filter(|slot| slot.is_mine(&self.table.map)) else { return Ok(()) };
        slot.give_up()?;
        self.table.recover_if_dead(self.me)?;
        self.leave_ledger()
    }

    /// Gives the ledger's lock back, and removes the store if this was its last session.
    fn leave_ledger(&self) -> Result<()> {
        let unlocked = match self.table.file.try_lock() {
            Ok(()) => self.table.remove_if_finished(),
            Err(_) => Ok(()),
        };
        let closed = self.table.file.unlock().map_err(|error| Error::io("cannot unlock the store's ledger", error));
        unlocked.and(closed)
    }

    /// Ends the session: gives its slot back, or leaves it to be recovered if something is still held.
    fn close(&mut self) -> Result<()> {
        self.catch_up();
        let Some(slot) = self.slot.take() else { return Ok(()) };
        if self.holds_nothing() && slot.is_mine(&self.table.map) {
            slot.release(&self.table.map)?;
        } else {
            slot.abandon()?;
        }
        point("close.released");
        self.leave_ledger()
    }
}

impl Table {
    /// Deadlines count from boot: those of another boot begin anew.
    fn next_boot(&self, transit: Duration) {
        let (word, boot) = (self.map.header(Header::Boot), clock::boot());
        if word.load(Ordering::Acquire) == boot {
            return;
        }
        let in_transit = self.used_records().filter(|record| record.owner().kind() == OwnerKind::Transit);
        in_transit.for_each(|record| record.set_deadline(Deadline::after(transit)));
        point("boot.noted");
        // Last: a session that is killed before this leaves all of it to the next.
        word.store(boot, Ordering::Release);
    }
}

impl Drop for Shm {
    fn drop(&mut self) {
        if !fork::is_home() {
            // The locks are the parent's too: unlocking here would declare it dead.
            return;
        }
        if let Err(error) = self.close() {
            crate::event::not_given_back("a session of the store", &error);
        }
    }
}

/// Whether the command's answer promises something that another session is to find later.
fn leaves_something(command: Command) -> bool {
    use Command::{Commit, Detach, OwnerCommit, Publish, Send};
    matches!(command, Commit { .. } | OwnerCommit { .. } | Send { .. } | Detach | Publish)
}

/// A refusal, with whoever is in the way.
enum Denied {
    By(Refusal, Vec<Holder>),
    Error(Error),
}

impl From<Refusal> for Denied {
    fn from(refusal: Refusal) -> Self {
        Self::By(refusal, Vec::new())
    }
}

impl From<Error> for Denied {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

type Answer = Result<Reply, Denied>;

impl Backend for Shm {
    fn id(&self) -> StoreId {
        StoreId(self.table.map.header(Header::Store).load(Ordering::Relaxed))
    }

    fn put(&self, bytes: &[u8], at: Place) -> Result<(ObjectId, Epoch)> {
        self.check()?;
        self.check_found()?;
        self.look_after();
        self.make(bytes, at).map_err(|error| self.explain(error))
    }

    fn apply(&self, object: ObjectId, command: Command, bytes: &[u8], at: Place) -> Result<Reply> {
        self.check()?;
        if leaves_something(command) {
            self.check_found()?;
        }
        if let Some(reply) = self.answer_at_once(object, command, at) {
            return Ok(reply);
        }
        let answer = loop {
            let Some(record) = self.record(object) else { break answer::absent(command) };
            match self.answer(object, record, command, bytes, at) {
                // Nobody is refused because of the dead.
                Err(Denied::By(Refusal::Conflict(_), _)) if self.recover_in_the_way(record)? => {}
                Err(Denied::By(refusal, _))
                    if answer::is_of_an_owner(command, refusal)
                        && record.is_over(object)
                        && !mutant("say whose a dropped object is") =>
                {
                    break answer::absent(command);
                }
                answer => break answer,
            }
        };
        answer.map_err(|denied| match denied {
            Denied::By(refusal, holders) => refuse(object, command, refusal, holders),
            Denied::Error(error) => self.explain(error),
        })
    }

    fn read(&self, object: ObjectId, version: Epoch) -> Result<Bytes> {
        self.check()?;
        self.table.versions().read(object.index, version).map_err(|error| self.explain_missing(object, version, error))
    }

    fn current(&self, object: ObjectId) -> Result<Epoch> {
        self.check()?;
        let gone = || refuse(object, Command::Get, Refusal::Gone, Vec::new());
        let record = self.record(object).ok_or_else(gone)?;
        let version = if record.state().doomed() { return Err(gone()) } else { record.current() };
        // The record may have become another object's since; an id is never used again.
        self.record(object).map(|_| version).ok_or_else(gone)
    }

    fn watch(&self, object: ObjectId) -> Watch {
        Watch(self.table.record(object.index).map_or(0, |record| record.event().load(Ordering::Acquire)))
    }

    fn wait(&self, object: ObjectId, watch: Watch, slice: Duration) {
        let Some(record) = self.table.record(object.index) else { return };
        // Who is dead is looked for again by whoever asks next, and an error is told then.
        let somebody_died = || self.recover_some_in_the_way(record).unwrap_or(true);
        stepped::wait(record.event(), watch.0, slice, GLANCE, somebody_died);
    }

    fn hold(&self, object: ObjectId) -> Result<Option<Hold>> {
        self.check()?;
        Ok(self.record(object).and_then(|record| self.hold_of(record)))
    }

    fn is_offered(&self, object: ObjectId) -> Result<bool> {
        self.check()?;
        Ok(self.record(object).is_some_and(|record| record.state().is(Mode::Offered)))
    }

    fn stats(&self) -> Result<Stats> {
        self.check()?;
        self.table.count()
    }

    fn died(&self, object: ObjectId) -> Option<Holder> {
        let record = self.record(object)?;
        let slot = record.note().checked_sub(1).and_then(|slot| u16::try_from(slot).ok())?;
        Some(self.holder(slot, record))
    }

    fn reap(&self) -> Result<usize> {
        self.check()?;
        let (freed, looked) = self.sweep();
        looked.map(|()| freed)
    }

    fn is_opener(&self) -> bool {
        fork::is_home()
    }

    fn is_open_in(&self, pid: u32) -> Option<bool> {
        let mut used = (0..self.table.map.layout().slots).filter(|slot| self.table.is_in_use(*slot));
        Some(used.any(|slot| self.table.pid(slot) == pid))
    }

    fn is_superseded(&self, object: ObjectId, version: Epoch) -> bool {
        match self.current(object) {
            Ok(current) => current != version,
            Err(error) => error.kind() == ErrorKind::Gone,
        }
    }
}
