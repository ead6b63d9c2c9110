//! The end of a session, and the removal of a store that its last session leaves.

use super::fork;
use super::mark::Mark;
use super::record::Record;
use super::recover;
use super::session::Shm;
use super::shared::SharedStore;
use super::state::OwnerKind;
use crate::error::{Error, Result};
use crate::sync::{Ordering, point};

impl Shm {
    /// Whether this session leaves nothing to a recoverer: no borrow, no owned object and no unfinished step. `held`
    /// may also count borrows that a lender revoked. So if `held` is not zero, the records are looked at.
    fn holds_nothing(&self) -> bool {
        let holds = |record| recover::is_held_by(record, self.me);
        // Relaxed: no other thread uses this session any more.
        let counted = self.held.load(Ordering::Relaxed) > 0;
        self.unfinished.is_empty() && self.counts.is_empty() && !(counted && self.shared.used_records().any(holds))
    }

    /// Ends the session as the death of its process would, recovers it at once, and leaves the ledger. Does nothing if
    /// the session has lost its slot. The caller does not use the session afterwards.
    pub(super) fn end_with_process(&self) -> Result<()> {
        let Some(slot) = self.slot.as_ref().filter(|slot| slot.is_mine(&self.shared.map)) else { return Ok(()) };
        // The recovery removes the retired files.
        let _removed_below = self.shared.retired.end(&self.shared.folder);
        slot.unlock()?;
        self.shared.recover_if_dead(self.me)?;
        self.leave_ledger()
    }

    /// If this is the last session, removes the store as [`remove_if_finished`](SharedStore::remove_if_finished) says.
    /// Then unlocks the ledger and the folder. Returns the first error.
    fn leave_ledger(&self) -> Result<()> {
        // The exclusive lock is granted only if this is the last session.
        let unlocked = match self.shared.file.try_lock() {
            Ok(()) => self.shared.remove_if_finished(),
            Err(_) => Ok(()),
        };
        let closed = self.shared.file.unlock().map_err(|error| Error::io("cannot unlock the store's ledger", error));
        unlocked.and(closed).and(self.shared.folder.unlock_parts())
    }

    /// Ends the session. If the session leaves nothing to a recoverer, gives its slot back; otherwise only unlocks the
    /// slot. Then leaves the ledger.
    fn close(&mut self) -> Result<()> {
        self.retry_unfinished();
        let Some(slot) = self.slot.take() else { return Ok(()) };
        self.shared.note_clock_again();
        let emptied = self.shared.retired.end(&self.shared.folder);
        if emptied.is_ok() && self.holds_nothing() && slot.is_mine(&self.shared.map) {
            slot.release(&self.shared.map)?;
        } else {
            slot.abandon()?;
        }
        point("close.released");
        self.leave_ledger().and(emptied)
    }
}

impl Drop for Shm {
    fn drop(&mut self) {
        if !fork::is_original_process() {
            // A forked child shares the locks of its parent. If it unlocked them here, the parent would count as dead.
            return;
        }
        if let Err(error) = self.close() {
            crate::event::not_given_back("a session of the store", &error);
        }
    }
}

impl SharedStore {
    /// Recovers every dead session, and removes the store unless it has an object that outlives its sessions, or a
    /// foreign file. Does nothing if the store was not made by its name. Removes nothing, and returns the error, if a
    /// session cannot be recovered. The caller holds the ledger's exclusive lock.
    pub(super) fn remove_if_finished(&self) -> Result<()> {
        if !self.folder.is_ours() || !Mark::of(&self.file).is_some_and(|mark| mark.named) {
            return Ok(());
        }
        self.restore_locks()?;
        self.recover_all(None).1?;
        let stays = |record: Record<'_>| match record.owner() {
            owner if owner.is_timed() => !record.state().doomed() && !record.deadline().is_over(),
            owner if owner.is_lasting() => !record.state().doomed(),
            owner => owner.kind() == OwnerKind::Transit && !record.deadline().is_over(),
        };
        match self.used_records().any(stays) {
            true => Ok(()),
            false => self.folder.remove(&self.file),
        }
    }
}
