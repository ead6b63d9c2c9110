//! What the dead left: recovered by whoever gets their lock, any number of times, from any point.
//!
//! | killed after | left behind | repaired to |
//! |---|---|---|
//! | setting a reader bit | the bit | cleared; a doomed object is reclaimed |
//! | clearing it | maybe a doomed, unread object | reclaimed, since every doomed record is looked at |
//! | staging, or half of it | `Exclusive`, a torn file | the stage is emptied, the old version stays |
//! | the swap to `Publishing`, or later | `Publishing` | the commit stands and is rolled forward |
//! | dooming its object | owner still named | owner cleared, reclaimed when unread |
//! | beginning to reclaim | `Reclaiming` | finished |
//! | beginning to make | `Init` | undone |
//! | re-homing | two records of one owner | both doomed |
//! | sending | `Transit` | redeemable until its deadline |
//! | recovering | any of these | both locks are free; the next one repeats |

use super::commit::{mode_after_writer, state_after_dead_writer};
use super::layout::GROUP;
use super::record::{Mode, OwnerKind, OwnerWord, Record, State};
use super::shared::SharedStore;
use super::slot::Slot;
use crate::error::Result;
use crate::id::Epoch;
use crate::sync::{Ordering, fence, mutant, point};

/// Whether the dead session may have left something in the record. Of a million records hardly any: so this is a look at
/// three words. Nobody but its recoverer changes what a dead session left; and every doomed record concerns it, since
/// its last holder may have died before it looked.
#[inline]
fn concerns(record: Record<'_>, dead: u16) -> bool {
    let doomed = record.state().doomed() && !mutant("recover only what the dead held");
    doomed || is_held_by(record, dead)
}

/// Whether a word of the record is of the session in the slot, for others to wait for.
#[inline]
pub(super) fn is_held_by(record: Record<'_>, slot: u16) -> bool {
    let state = record.state();
    let moved_by_it = state.slot() == slot && !state.at_rest() && !state.is(Mode::Free);
    let reads = record.readers(slot / GROUP).load(Ordering::Acquire) & 1 << (slot % GROUP) != 0;
    moved_by_it || reads || record.owner().is_slot(slot)
}

impl SharedStore {
    /// Releases everything on behalf of a dead process. The caller holds its lock.
    pub(super) fn recover(&self, slot: &Slot) -> Result<()> {
        let dead = slot.number;
        // Of whoever dooms an object and a reader who died between its bit and its look, one sees the other.
        fence(Ordering::SeqCst);
        for record in self.used_records().filter(|record| concerns(*record, dead)) {
            self.recover_writer(record, dead)?;
            self.clear_bit_and_wake(record, dead);
            point("recover.bit");
            self.recover_owner(record, dead);
            self.try_reclaim(dead, record)?;
        }
        point("recover.records");
        if mutant("recover without emptying the stage") {
            return Ok(());
        }
        self.recover_stage(dead)?;
        self.folder.empty_subfolder(&format!("stage/{dead}"))
    }

    /// Removes the names of versions that the dead session did not come to commit. Its records are recovered, so a version
    /// that is not current now never will be: its token was the dead session's.
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

    fn recover_writer(&self, record: Record<'_>, dead: u16) -> Result<()> {
        let state = record.state();
        if state.slot() != dead {
            return Ok(());
        }
        match state.mode() {
            Some(Mode::Init) => self.undo_init(record, state),
            Some(Mode::Reclaiming) => self.finish_reclaim(record, state),
            Some(Mode::Publishing) => self.recover_commit(record, state),
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

    /// The commit of a dead session stands, if its version is there. A commit that is still on its way was reported to no
    /// caller. So without its bytes it is taken back, and the version before it stays.
    fn recover_commit(&self, record: Record<'_>, publishing: State) -> Result<()> {
        let (slot, version, rest) = (publishing.slot(), Epoch(publishing.epoch()), mode_after_writer(record));
        let is_there = record.current() == version || self.versions().restore(slot, record.index, version)?;
        if is_there {
            return self.roll_forward(record, publishing, rest);
        }
        let left = record.update_state(|state| {
            let same = state.matches(Mode::Publishing, slot, version.0);
            let next = state_after_dead_writer(rest, slot, version.0);
            same.then(|| if state.doomed() { next.with_doom() } else { next })
        });
        left.into_iter().for_each(|before| self.wake_if(record, before));
        Ok(())
    }

    fn recover_owner(&self, record: Record<'_>, dead: u16) {
        if record.owner().is_slot(dead) {
            if mutant("recover the owner before the doom") {
                record.set_owner(OwnerWord::new(OwnerKind::None, 0, record.owner().seq()));
                point("recover.doomed");
            }
            // The doom first: the other order leaks the object when its recoverer dies in between.
            self.doom(record);
            point("recover.doomed");
            self.clear_owner(record);
            point("recover.disowned");
        }
    }
}
