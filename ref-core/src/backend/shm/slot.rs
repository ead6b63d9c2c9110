//! Slots: a process's place in the ledger, its proof of life, and the right to act for it.
//!
//! The kernel's lock on `slots/<p>` is both: while a process holds it, it lives; when it dies, whoever gets the lock is
//! its only recoverer. **Rule S:** only the holder of slot p's lock changes words on behalf of p.

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

const DIRTY: u64 = 1 << 63;

/// A claimed slot. Dropped without [`release`](Slot::release), it stays to be recovered.
#[derive(Debug)]
pub(super) struct Slot {
    pub(super) number: u16,
    word: u64,
    lock: File,
}

/// What a look at another slot found.
pub(super) enum Probe {
    Alive,
    /// It is in nobody's use.
    Empty,
    /// Its process is dead; this lock makes the caller its recoverer.
    Dead(Slot),
}

impl SharedStore {
    /// Takes a free slot, recovering a dead one first where need be.
    pub(super) fn claim_slot(&self) -> Result<Slot> {
        let slots = self.map.layout().slots;
        let (used, clean): (Vec<u16>, Vec<u16>) = (0..slots).partition(|slot| self.is_in_use(*slot));
        for number in clean.into_iter().chain(used) {
            let slot = match self.lock_slot(number) {
                Ok(Some(slot)) => slot,
                Ok(None) => continue,
                // A damaged slot: its process may live, as in a slot that is locked.
                Err(error) if error.kind() == ErrorKind::Corrupt => continue,
                Err(error) => return Err(error),
            };
            if slot.word & DIRTY != 0 {
                self.recover(&slot)?;
            }
            return self.occupy(slot);
        }
        let what = format!("all {slots} slots of the store are taken by live processes");
        Err(Error::new(ErrorKind::TooManySessions, what)
            .with_remedy("make the store with a larger `max_sessions` setting"))
    }

    /// Makes the lock files anew that are missing under used slots. The caller is alone: all their processes are dead.
    pub(super) fn restore_locks(&self) -> Result<()> {
        let used = (0..self.map.layout().slots).filter(|slot| self.is_in_use(*slot));
        used.map(|slot| open_lock(&self.folder, slot, true).map(drop)).fold(Ok(()), Result::and)
    }

    /// Looks whether the slot's process lives, without touching anything of a live one.
    pub(super) fn probe(&self, number: u16) -> Result<Probe> {
        // The number comes from a record, and may be anything.
        let slots = self.map.layout().slots;
        if number >= slots {
            let what = format!("a record names slot {number} of a store with {slots}");
            return Err(damaged(what));
        }
        if !self.is_in_use(number) {
            return Ok(Probe::Empty);
        }
        if cfg!(loom) {
            return Ok(Probe::Alive); // Nobody dies there, and there is no lock.
        }
        match self.lock_slot(number)? {
            None => Ok(Probe::Alive),
            Some(slot) if slot.word & DIRTY == 0 => slot.unlock().map(|()| Probe::Empty),
            Some(slot) => Ok(Probe::Dead(slot)),
        }
    }

    pub(super) fn is_in_use(&self, slot: u16) -> bool {
        self.map.slot(slot).load(Ordering::Acquire) & DIRTY != 0
    }

    /// Locks the slot, if no process lives in it. Only a slot that is not in use gets a new lock file: a used slot
    /// without one is damaged, and says nothing about its process.
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

    fn occupy(&self, mut slot: Slot) -> Result<Slot> {
        self.folder.make_subfolder(&format!("stage/{}", slot.number))?;
        self.reserve(slot.number)?;
        self.describe_session(slot.number);
        point("claim.introduced");
        slot.word = ((slot.word & !DIRTY) + 1) | DIRTY;
        self.map.slot(slot.number).store(slot.word, Ordering::Release);
        Ok(slot)
    }

    /// Allocates the slot's parts of the ledger, so that a full file system is an error here and no signal later.
    fn reserve(&self, slot: u16) -> Result<()> {
        let layout = self.map.layout();
        let group = slot / GROUP;
        let plane = (group > 0).then(|| layout.plane(group));
        for (offset, length) in std::iter::once(layout.page(slot)).chain(plane) {
            retry_on_intr(|| fallocate(&self.file, FallocateFlags::empty(), offset, length))
                .map_err(|error| unreserved("cannot reserve a slot's page of the ledger", error))?;
        }
        // Before any bit in this group, for whoever looks at the bits.
        self.map.header(Header::Groups).fetch_max(u64::from(group) + 1, IN_ORDER);
        Ok(())
    }
}

impl Slot {
    /// Whether the slot is still this session's: not so when the process lost its lock without dying.
    pub(super) fn is_mine(&self, map: &Map) -> bool {
        map.slot(self.number).load(Ordering::Relaxed) == self.word
    }

    /// Whether the lock is still where other processes look for it.
    pub(super) fn is_lock_in_place(&self, folder: &Folder) -> bool {
        is_named(folder, &lock_name(self.number), &self.lock)
    }

    /// Gives the slot back, with nothing left on its behalf.
    pub(super) fn release(self, map: &Map) -> Result<()> {
        map.slot(self.number).store(self.word & !DIRTY, Ordering::Release);
        self.unlock()
    }

    /// Leaves the slot to whoever recovers it.
    pub(super) fn abandon(self) -> Result<()> {
        self.unlock()
    }

    /// Gives the proof of life up, and keeps the slot in use: to be recovered, as after a death.
    pub(super) fn unlock(&self) -> Result<()> {
        self.lock.unlock().map_err(|error| Error::io(format!("cannot unlock slot {}", self.number), error))
    }
}

fn open_lock(folder: &Folder, number: u16, make: bool) -> Result<Option<File>> {
    let flags = if make { OFlags::RDWR | OFlags::CREATE } else { OFlags::RDWR };
    match folder.open_file(&lock_name(number), flags, Mode::RUSR | Mode::WUSR) {
        Ok(lock) => Ok(Some(lock)),
        Err(Errno::NOENT) if !make => Ok(None),
        Err(Errno::LOOP | Errno::ISDIR | Errno::NXIO) => Err(folder.misplaced(&lock_name(number))),
        Err(error) => Err(failed(format!("cannot open the lock of slot {number}"), error)),
    }
}

/// Without its lock, nothing tells whether the process of a used slot is alive.
fn without_lock(number: u16) -> Error {
    let what = format!("the lock file of slot {number} was removed while a process was in that slot");
    Error::new(ErrorKind::Corrupt, what)
        .with_remedy("end every process that has the store open: the next one to open it makes that good")
}
