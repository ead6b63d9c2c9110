//! Slots. A slot is a session's place in the ledger, with a file lock. The lock proves that the session lives, and
//! gives the right to act for it.
//!
//! The process of the session in slot p holds the kernel's lock on `slots/<p>`. When the process dies, the kernel frees
//! the lock. The process that gets the lock next is the only recoverer of that session. **Rule S:** only the holder of
//! slot p's lock acts on behalf of the session in slot p, or changes words that name slot p. There are three
//! exceptions, all for the state word. Any session may set the doom and the `wait` bit. An owner may revoke its loan to
//! that session. In the mode `Died`, the slot is only a note, and the state may be changed like one that names no slot.

use super::errors::{damaged, failed, unreserved};
use super::folder::{Folder, is_named};
use super::layout::{GROUP, Header};
use super::map::Map;
use super::names::lock_name;
use super::shared::SharedStore;
use crate::error::{Error, ErrorKind, Result};
use crate::sync::{Ordering, mutant, point, stepped::IN_ORDER};
use rustix::fs::{FallocateFlags, Mode, OFlags, fallocate};
use rustix::io::{Errno, retry_on_intr};
use std::fs::{File, TryLockError};

/// The bit of a slot that is in use: a session is in the slot, or died in it and is not recovered.
const DIRTY: u64 = 1 << 63;

/// A slot whose lock this process holds. If the value of a slot in use is dropped without [`release`](Slot::release),
/// the slot stays in use until another session recovers it.
#[derive(Debug)]
pub(super) struct Slot {
    pub(super) number: u16,
    /// The slot's word as this process last loaded or stored it: DIRTY and the incarnation.
    word: u64,
    lock: File,
}

/// What a look at another session's slot found.
pub(super) enum Probe {
    /// The slot's session lives.
    Alive,
    /// The slot is not in use.
    Empty,
    /// The slot's session is dead. The slot in this variant is locked, so the caller is the recoverer.
    Dead(Slot),
}

impl SharedStore {
    /// Takes a free slot, or the slot of a dead session after recovering it.
    ///
    /// # Errors
    /// `TooManySessions` if every slot has a live session, or may have one. Otherwise an error of the system, or of the
    /// recovery.
    pub(super) fn claim_slot(&self) -> Result<Slot> {
        let slots = self.map.layout().slots;
        let (used, clean): (Vec<u16>, Vec<u16>) = (0..slots).partition(|slot| self.is_in_use(*slot));
        for number in clean.into_iter().chain(used) {
            let slot = match self.lock_slot(number) {
                Ok(Some(slot)) => slot,
                Ok(None) => continue,
                // This slot cannot be taken. Either it is in use and has no lock file, and then its session may live;
                // or something else has the lock file's name.
                Err(error) if error.kind() == ErrorKind::Corrupt => continue,
                Err(error) => return Err(error),
            };
            if slot.word & DIRTY != 0 {
                self.recover(&slot)?;
            }
            return self.occupy(slot);
        }
        let what = format!("all {slots} slots of the store are taken by sessions of live processes");
        Err(Error::new(ErrorKind::TooManySessions, what).with_remedy(
            "clone a `Store` instead of opening it again, or make the store with a larger `max_sessions` setting",
        ))
    }

    /// Makes the missing lock files of used slots again. The caller holds the ledger's exclusive lock, so every session
    /// in a used slot is dead.
    pub(super) fn restore_locks(&self) -> Result<()> {
        let used = (0..self.map.layout().slots).filter(|slot| self.is_in_use(*slot));
        used.map(|slot| open_lock(&self.folder, slot, true).map(drop)).fold(Ok(()), Result::and)
    }

    /// Finds out whether the slot's session lives. If it is dead, the caller gets the slot's lock.
    ///
    /// # Errors
    /// `Corrupt` if the store has no such slot, or if nothing tells whether the slot's session lives. Otherwise an
    /// error of the system.
    pub(super) fn probe(&self, number: u16) -> Result<Probe> {
        // If the number comes from a damaged record, it may be any number.
        let slots = self.map.layout().slots;
        if number >= slots {
            let what = format!("a record names slot {number} of a store with {slots}");
            return Err(damaged(what));
        }
        if !self.is_in_use(number) {
            return Ok(Probe::Empty);
        }
        if cfg!(loom) {
            return Ok(Probe::Alive); // No session dies under loom, and there is no lock file.
        }
        match self.lock_slot(number)? {
            None => Ok(Probe::Alive),
            Some(slot) if slot.word & DIRTY == 0 => slot.unlock().map(|()| Probe::Empty),
            Some(slot) => Ok(Probe::Dead(slot)),
        }
    }

    /// Whether a session is in the slot, or died in it and is not recovered.
    pub(super) fn is_in_use(&self, slot: u16) -> bool {
        // Acquire: pairs with the release in `occupy`, which comes after the slot's page is written and its stage is
        // made.
        self.map.slot(slot).load(Ordering::Acquire) & DIRTY != 0
    }

    /// Locks the slot. Returns `None` if another session has the lock: the slot's own, or one that probes or recovers
    /// it. A lock file is made only for a slot that is not in use.
    ///
    /// # Errors
    /// `Corrupt` if a used slot has no lock file, since then nothing tells whether its session lives. `Corrupt` also if
    /// something else has the lock file's name.
    fn lock_slot(&self, number: u16) -> Result<Option<Slot>> {
        let Some(lock) = open_lock(&self.folder, number, !self.is_in_use(number))? else {
            return Err(without_lock(number));
        };
        match lock.try_lock() {
            Ok(()) => Ok(Some(Slot { number, word: self.map.slot(number).load(Ordering::Acquire), lock })),
            Err(TryLockError::WouldBlock) if mutant("recover without the lock") => {
                Ok(Some(Slot { number, word: self.map.slot(number).load(Ordering::Acquire), lock }))
            }
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(Error::io(format!("cannot lock slot {number}"), error)),
        }
    }

    /// Puts this session into a slot that it has locked. Makes the slot's stage, allocates and writes the slot's page,
    /// and stores the slot's word last.
    fn occupy(&self, mut slot: Slot) -> Result<Slot> {
        self.folder.make_subfolder(&format!("stage/{}", slot.number))?;
        self.reserve(slot.number)?;
        self.describe_session(slot.number);
        point("claim.introduced");
        // The incarnation rises. So a session that lost this slot without dying finds that the slot's word is not the
        // one that the session stored (`is_mine`).
        slot.word = ((slot.word & !DIRTY) + 1) | DIRTY;
        // Release: another session that sees the slot in use finds its page written and its reader bits allocated.
        self.map.slot(slot.number).store(slot.word, Ordering::Release);
        Ok(slot)
    }

    /// Allocates the slot's parts of the ledger. So a full file system is an error here, and not a SIGBUS later.
    fn reserve(&self, slot: u16) -> Result<()> {
        let layout = self.map.layout();
        let group = slot / GROUP;
        let plane = (group > 0).then(|| layout.plane(group));
        for (offset, length) in std::iter::once(layout.page(slot)).chain(plane) {
            retry_on_intr(|| fallocate(&self.file, FallocateFlags::empty(), offset, length))
                .map_err(|error| unreserved("cannot reserve a slot's page of the ledger", error))?;
        }
        // The number of groups is raised before the first bit in this group is set, and in the same total order as the
        // bits (Dekker). A lender changes the state and then looks at the bits. If it does not see this group yet, its
        // change comes before the bit is set. So the reader, which looks at the state again after it has set the bit,
        // sees the change.
        self.map.header(Header::Groups).fetch_max(u64::from(group) + 1, IN_ORDER);
        Ok(())
    }
}

impl Slot {
    /// Whether the slot is still this session's. A process can lose its lock without dying, if code in it closes
    /// descriptors that it did not open. Then another session may have the slot.
    pub(super) fn is_mine(&self, map: &Map) -> bool {
        // Relaxed: the word is only compared with the one that this session stored. No other word is read because of
        // it.
        map.slot(self.number).load(Ordering::Relaxed) == self.word
    }

    /// Whether the lock file still has the name by which other processes find it.
    pub(super) fn is_lock_in_place(&self, folder: &Folder) -> bool {
        is_named(folder, &lock_name(self.number), &self.lock)
    }

    /// Gives the slot back. The session in it holds nothing any more.
    pub(super) fn release(self, map: &Map) -> Result<()> {
        // Release: a session that sees the slot empty also sees that everything held there was given back.
        map.slot(self.number).store(self.word & !DIRTY, Ordering::Release);
        self.unlock()
    }

    /// Unlocks the slot and leaves it in use. The next session that probes the slot recovers it.
    pub(super) fn abandon(self) -> Result<()> {
        self.unlock()
    }

    /// Unlocks the slot, which gives up the proof of life. If the slot's word still says that the slot is in use, the
    /// next session that probes the slot recovers it, as after a death.
    ///
    /// Closing the file would not be enough: a child process that is being started may have a copy of the descriptor.
    pub(super) fn unlock(&self) -> Result<()> {
        self.lock.unlock().map_err(|error| Error::io(format!("cannot unlock slot {}", self.number), error))
    }
}

/// Opens the slot's lock file, and makes a missing one if `make` is true. Returns `None` if the file is missing and
/// `make` is false.
fn open_lock(folder: &Folder, number: u16, make: bool) -> Result<Option<File>> {
    let flags = if make { OFlags::RDWR | OFlags::CREATE } else { OFlags::RDWR };
    match folder.open_file(&lock_name(number), flags, Mode::RUSR | Mode::WUSR) {
        Ok(lock) => Ok(Some(lock)),
        Err(Errno::NOENT) if !make => Ok(None),
        Err(Errno::LOOP | Errno::ISDIR | Errno::NXIO) => Err(folder.misplaced(&lock_name(number))),
        Err(error) => Err(failed(format!("cannot open the lock of slot {number}"), error)),
    }
}

/// The error for a used slot without a lock file: nothing tells whether its session lives.
fn without_lock(number: u16) -> Error {
    let what = format!("the lock file of slot {number} was removed while a process was in that slot");
    Error::new(ErrorKind::Corrupt, what)
        .with_remedy("end every process that has the store open: the next one to open it makes that good")
}
