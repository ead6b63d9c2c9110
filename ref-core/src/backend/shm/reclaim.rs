//! Doomed objects: how an object is doomed and left by its owner, and taken apart by its last holder.

use super::record::{Mode, OwnerKind, OwnerWord, Record, State, next_epoch};
use super::session::Shm;
use super::shared::SharedStore;
use crate::error::Result;
use crate::sync::{fence_unless, lock, mutant, point};

impl SharedStore {
    /// Marks the object as one that goes with its last holder.
    pub(super) fn doom(&self, record: Record<'_>) {
        if let Ok(before) = record.update_state(|state| Some(state.with_doom())) {
            self.wake_if(record, before);
        }
    }

    /// The object has no owner any more. Fenced, as is coming to rest: of whoever disowns a doomed object and whoever
    /// ceases to write it, the later one sees what the earlier one did, and reclaims it.
    pub(super) fn clear_owner(&self, record: Record<'_>) {
        let owner = record.owner();
        let _only_we_move_it = record.swap_owner(owner, OwnerWord::new(OwnerKind::None, 0, owner.seq()));
        fence_unless("loom: disown without a fence");
    }

    /// The object of the caller goes with its last holder, which may be the caller.
    pub(super) fn disown(&self, record: Record<'_>) {
        self.doom(record);
        point("drop.doomed");
        self.clear_owner(record);
        point("drop.disowned");
    }

    /// Takes a doomed object apart if nobody holds it. `me` is the slot that the caller acts for.
    #[inline]
    pub(super) fn try_reclaim(&self, me: u16, record: Record<'_>) -> Result<()> {
        if record.state().doomed() { self.reclaim_doomed(me, record) } else { Ok(()) }
    }

    pub(super) fn reclaim_doomed(&self, me: u16, record: Record<'_>) -> Result<()> {
        let state = record.state();
        // An owner dooms its object, and disowns it next: the record must not be reused in between. An object without
        // an owner is doomed by one swap.
        let owned = matches!(record.owner_in_order().kind(), OwnerKind::Slot | OwnerKind::Transit);
        let disowned = !owned || mutant("reclaim before it is disowned");
        if !state.doomed() || !state.at_rest() || !disowned {
            return Ok(());
        }
        fence_unless("loom: reclaim without a fence");
        if self.reader_slots(record).next().is_some() && !mutant("reclaim what is read") {
            return Ok(());
        }
        let reclaiming = State::new(Mode::Reclaiming, me, next_epoch(state.epoch())?);
        match record.swap_state(state, reclaiming) {
            Ok(_) => {
                point("reclaim.taken");
                self.finish_reclaim(record, reclaiming)
            }
            Err(_) => Ok(()),
        }
    }

    pub(super) fn finish_reclaim(&self, record: Record<'_>, reclaiming: State) -> Result<()> {
        self.versions().remove(record.index, record.current())?;
        self.versions().remove(record.index, record.prev())?;
        point("reclaim.removed");
        self.clear_fields(record);
        point("reclaim.cleared");
        let epoch = if mutant("reuse epochs") { 0 } else { reclaiming.epoch() };
        let _not_twice = record.swap_state(reclaiming, State::new(Mode::Free, 0, epoch));
        Ok(())
    }
}

impl Shm {
    /// Drops this session's object. Doomed, it is dropped, whatever becomes of its files.
    pub(super) fn disown(&self, record: Record<'_>) {
        self.shared.disown(record);
        self.reclaim(record);
    }

    /// Takes a doomed object apart if no session holds it. Every command calls this behind its point of no return.
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
