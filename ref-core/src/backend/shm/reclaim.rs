//! Doomed objects: dooming, clearing the owner, and taking the object apart.
//!
//! Doom is a tombstone: no borrow is granted any more, and the last holder reclaims the object. Holders are readers
//! (bits), the owner, and a writer (state). A holder that leaves changes its own word first, and then looks at the
//! words of the others. So the last holder sees that it is the last.

use super::record::Record;
use super::session::Shm;
use super::shared::SharedStore;
use super::state::{Mode, OwnerKind, OwnerWord, State, next_epoch};
use crate::error::Result;
use crate::sync::{fence_unless, lock, mutant, point};

impl SharedStore {
    /// Dooms the object, which its last holder reclaims. Wakes waiting sessions.
    pub(super) fn doom(&self, record: Record<'_>) {
        if let Ok(before) = record.update_state(|state| Some(state.with_doom())) {
            self.wake_if(record, before);
        }
    }

    /// Clears the owner, and keeps the number of departures. The caller looks at the state next.
    pub(super) fn clear_owner(&self, record: Record<'_>) {
        // Only the owner's session, or its recoverer, changes this owner word (rule S in `slot`).
        let owner = record.owner();
        let _only_we_move_it = record.swap_owner(owner, OwnerWord::new(OwnerKind::None, 0, owner.seq()));
        // Dekker with a writer that ends: the owner word is changed, then the state is read (in `reclaim`). This fence
        // pairs with the fences after the swaps in `roll_forward` and `end_writer_in`.
        fence_unless("loom: disown without a fence");
    }

    /// Dooms the caller's object and then clears its owner word. In the other order, the object would leak if the
    /// process died in between.
    pub(super) fn disown(&self, record: Record<'_>) {
        self.doom(record);
        point("drop.doomed");
        self.clear_owner(record);
        point("drop.disowned");
    }

    /// Reclaims the object if it is doomed and no session holds it. `me` is the slot that the caller acts for.
    #[inline]
    pub(super) fn try_reclaim(&self, me: u16, record: Record<'_>) -> Result<()> {
        if record.state().doomed() { self.reclaim_doomed(me, record) } else { Ok(()) }
    }

    /// Reclaims a doomed object if it is at rest, has no owner and no reader. Of several concurrent callers at most one
    /// takes it apart.
    pub(super) fn reclaim_doomed(&self, me: u16, record: Record<'_>) -> Result<()> {
        // The state is loaded first. If the swap below succeeds, the record had this state all the while that owner and
        // bits were looked at.
        let state = record.state();
        // An owner dooms its object and clears the owner word next; in between the record must not be reused. A
        // detached object is doomed by one swap, and its owner word does not change after that. So it can be reclaimed.
        let owned = matches!(record.owner_in_order().kind(), OwnerKind::Slot | OwnerKind::Transit);
        let disowned = !owned || mutant("reclaim before it is disowned");
        if !state.doomed() || !state.at_rest() || !disowned {
            return Ok(());
        }
        // Dekker with a borrower: this session has seen the doom, and reads the bits after this fence. A borrower sets
        // its bit and then looks at the state, in sequentially consistent order. So either this session sees the bit,
        // or the borrower sees the doom and backs out.
        fence_unless("loom: reclaim without a fence");
        if self.reader_slots(record).next().is_some() && !mutant("reclaim what is read") {
            return Ok(());
        }
        let reclaiming = State::new(Mode::Reclaiming, me, next_epoch(state.epoch())?);
        match self.swap_and_wake(record, state, reclaiming) {
            Ok(_) => {
                point("reclaim.taken");
                self.finish_reclaim(record, reclaiming)
            }
            Err(_) => Ok(()),
        }
    }

    /// Removes the versions and frees the record. Only the session in the slot of the state, or its recoverer, calls this.
    /// If the system refuses to remove a file, the record stays as it is, and the call can be repeated.
    pub(super) fn finish_reclaim(&self, record: Record<'_>, reclaiming: State) -> Result<()> {
        self.remove_versions(record)?;
        point("reclaim.removed");
        self.clear_fields(record);
        point("reclaim.cleared");
        // The epoch stays with the record. So no old ticket and no old file name fits the next object.
        let epoch = if mutant("reuse epochs") { 0 } else { reclaiming.epoch() };
        let _not_twice = record.swap_state(reclaiming, State::new(Mode::Free, 0, epoch));
        Ok(())
    }
}

impl Shm {
    /// Dooms this session's object, clears its owner, and reclaims it if no session holds it. The object is dropped
    /// even if its files cannot be removed now.
    pub(super) fn disown(&self, record: Record<'_>) {
        self.shared.disown(record);
        self.reclaim(record);
    }

    /// Reclaims the object if it is doomed and no session holds it. Every command that may have ended this session's
    /// hold on an object calls this afterwards.
    pub(super) fn reclaim(&self, record: Record<'_>) {
        if !record.state().doomed() {
            return;
        }
        self.finish_record_later(self.shared.reclaim_doomed(self.me, record), record);
        if record.state().is(Mode::Free) {
            lock(&self.spare).push(record.index);
        }
    }
}
