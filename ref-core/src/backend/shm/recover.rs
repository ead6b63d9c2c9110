//! Recovering a dead session. The process that gets the dead session's lock repairs what the session left, at whatever
//! point it was killed. The repair is idempotent.
//!
//! | killed after | left behind | repaired to |
//! |---|---|---|
//! | setting a reader bit | the bit | cleared; a doomed object is reclaimed |
//! | clearing a reader bit | maybe a doomed, unread object | reclaimed, since every doomed record is looked at |
//! | staging, or half of it | `Exclusive`, a torn file | the stage is emptied, the old version stays |
//! | taking or writing cells | cells whose version is not current | freed |
//! | the swap to `Publishing`, or later | `Publishing` | completed; taken back if the version is lost |
//! | the swap to `Checkpointing`, or later | `Checkpointing` | the same, and the borrow ends |
//! | dooming its object | the owner word still names the session | owner word cleared, object reclaimed when unread |
//! | adopting or claiming a lasting object | the owner word names the session | detached |
//! | beginning to reclaim | `Reclaiming` | finished |
//! | beginning to make | `Init` | undone |
//! | moving to a new record | two records that the session owns | both doomed, or both detached if lasting |
//! | sending | `Transit` | can be claimed until its deadline |
//! | recovering | any of these | the locks of both sessions are free; the next recoverer repeats the recovery |

use super::commit::{mode_after_writer, state_after_dead_writer};
use super::layout::GROUP;
use super::locate::Staged;
use super::record::Record;
use super::shared::SharedStore;
use super::slot::Slot;
use super::state::{Mode, OwnerKind, State};
use crate::error::Result;
use crate::event;
use crate::id::Epoch;
use crate::sync::{Ordering, fence, mutant, point};

/// Whether the dead session may have left something in the record. Loads only the words for state, readers and owner,
/// since a store may have a million records, and the dead session has left something in hardly any of them. No other
/// session changes a record on the dead session's behalf (rule S in `slot`), so one look is enough. Returns true for
/// every doomed record: its last holder may have died before it could reclaim the object.
#[inline]
fn concerns(record: Record<'_>, dead: u16) -> bool {
    let doomed = record.state().doomed() && !mutant("recover only what the dead held");
    doomed || is_held_by(record, dead)
}

/// Whether the session in the slot holds the record as writer, reader or owner, or is in the middle of a step on it.
#[inline]
pub(super) fn is_held_by(record: Record<'_>, slot: u16) -> bool {
    let state = record.state();
    let moved_by_it = state.slot() == slot && !state.at_rest() && !state.is(Mode::Free);
    let reads = record.readers(slot / GROUP).load(Ordering::Acquire) & 1 << (slot % GROUP) != 0;
    moved_by_it || reads || record.owner().is_slot(slot)
}

impl SharedStore {
    /// Releases everything that a dead session holds, and dooms the objects that it owns. The caller has the slot's
    /// lock. If this fails, or if the recoverer dies, the next call does the rest.
    pub(super) fn recover(&self, slot: &Slot) -> Result<()> {
        let dead = slot.number;
        let _span = event::recover(&dead);
        // Dekker on behalf of a dead reader, which may have set its bit and died before its second look. This fence is
        // between that bit and the look at the doom below. So a session that dooms the object sees the bit, or this
        // session sees the doom.
        fence(Ordering::SeqCst);
        let mut held = 0;
        for record in self.used_records().filter(|record| concerns(*record, dead)) {
            held += usize::from(is_held_by(record, dead));
            self.recover_writer(record, dead)?;
            self.clear_bit_and_wake(record, dead);
            point("recover.bit");
            self.recover_owner(record, dead);
            self.try_reclaim(dead, record)?;
        }
        point("recover.records");
        if event::ARE_SPANS_MADE {
            event::session_died(&dead, Some(&self.process_in(dead)), held);
        }
        self.leave_queues_of(dead);
        if !mutant("recover without the cells") {
            self.free_cells_of(dead);
        }
        if mutant("recover without emptying the stage") {
            return Ok(());
        }
        self.recover_stage(dead)?;
        self.folder.empty_subfolder(&format!("stage/{dead}"))
    }

    /// Frees the cells that the dead session took, unless their version is current. The records are recovered already.
    pub(super) fn free_cells_of(&self, dead: u16) {
        self.cells().sweep(dead, |index, version| self.record(index).is_some_and(|record| record.current() == version));
    }

    /// Removes the versions in the dead session's stage that it did not commit, and their names. The records are
    /// recovered already, and only the dead session had the tokens of these versions. So a version that is not current
    /// now never will be.
    fn recover_stage(&self, dead: u16) -> Result<()> {
        for (index, version) in self.versions().on_stage(dead)? {
            let lost = self.record(index).is_some_and(|record| record.current() != version);
            point("recover.lost");
            if lost {
                self.versions().unstage(dead, index, version)?;
            }
        }
        Ok(())
    }

    /// Repairs the record if its state says that the dead session wrote the object, or was in the middle of a step on
    /// the record.
    fn recover_writer(&self, record: Record<'_>, dead: u16) -> Result<()> {
        let state = record.state();
        if state.slot() != dead {
            return Ok(());
        }
        match state.mode() {
            Some(Mode::Init) => self.undo_init(record, state),
            Some(Mode::Reclaiming) => self.finish_reclaim(record, state),
            Some(Mode::Publishing | Mode::Checkpointing) => self.recover_commit(record, state),
            Some(Mode::Exclusive | Mode::Pending | Mode::Adopting) => {
                point("recover.writer");
                if mutant("note a death by a store") {
                    record.set_dead_borrower(Some(dead));
                }
                if !mutant("recover without the writer") {
                    self.end_dead_writer(record, dead, state.epoch());
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Completes the commit of a dead session, if its version is found. Without the version the commit is taken back,
    /// and the version before it stays: the writer died before it could tell its caller of the commit.
    fn recover_commit(&self, record: Record<'_>, publishing: State) -> Result<()> {
        let (slot, version, rest) = (publishing.slot(), Epoch(publishing.epoch()), mode_after_writer(record));
        let died = state_after_dead_writer(rest, slot, version.0);
        if let Some(staged) = self.find_committed(record, slot, version)? {
            // A writer that has committed was done. One that died in a checkpoint had the borrow.
            let is_over = publishing.is(Mode::Publishing) || mutant("a checkpoint ends the borrow");
            let target = if is_over { State::new(rest, 0, version.0) } else { died };
            return self.roll_forward(record, publishing, target, staged);
        }
        let left = record.update_state(|state| {
            let same = state.is_like(publishing);
            same.then(|| if state.doomed() { died.with_doom() } else { died })
        });
        left.into_iter().for_each(|before| self.wake_if(record, before));
        Ok(())
    }

    /// Returns where the version is that the dead session in the slot has committed; `None` if it is lost.
    fn find_committed(&self, record: Record<'_>, slot: u16, version: Epoch) -> Result<Option<Staged>> {
        if let Some(cell) = self.cells().find(slot, record.index, version) {
            return Ok(Some(Staged::Cells(cell)));
        }
        let is_there = record.current() == version || self.versions().restore(slot, record.index, version)?;
        Ok(is_there.then_some(Staged::File))
    }

    /// Takes the object from the dead session, if that session owns it: detaches a lasting object, unless its owner has
    /// begun to drop it, and dooms every other.
    fn recover_owner(&self, record: Record<'_>, dead: u16) {
        let owner = record.owner();
        if owner.is_slot(dead) && owner.is_lasting() && !record.state().doomed() && !mutant("recover without the mark")
        {
            self.detach_lasting(record, owner);
        } else if owner.is_slot(dead) {
            if mutant("recover the owner before the doom") {
                record.set_owner(owner.to(OwnerKind::None, 0));
                point("recover.doomed");
            }
            // The doom comes first. In the other order, the object would leak if this recoverer died in between: the
            // next recoverer would find no owner in the record, and would not doom the object.
            self.doom(record);
            point("recover.doomed");
            self.clear_owner(record);
            point("recover.disowned");
        }
    }
}
