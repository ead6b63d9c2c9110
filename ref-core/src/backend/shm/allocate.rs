//! Records: how a free one is found and taken, given to an object, and cleared again.

use super::layout::Header;
use super::record::{Mode, OwnerKind, OwnerWord, Record, State, next_epoch};
use super::session::Shm;
use super::shared::SharedStore;
use crate::backend::Place;
use crate::error::{Error, ErrorKind, Result};
use crate::id::Epoch;
use crate::sync::{Ordering, lock, point};

/// How many used records are looked at before a new one is taken.
const USED_RECORDS_TRIED: u64 = 32;

impl Shm {
    /// A free record, taken for this session, at an epoch above its own and above `floor`.
    pub(super) fn allocate(&self, floor: u64) -> Result<(Record<'_>, State)> {
        if let Some(found) = self.find_free(floor)? {
            return Ok(found);
        }
        self.free_by_recovery()?;
        let full = || {
            let what = format!("all {} records of the store are in use", self.shared.map.layout().records);
            Error::new(ErrorKind::TooManyObjects, what)
                .with_remedy("make the store with a larger `max_objects` setting")
        };
        self.find_free(floor)?.ok_or_else(full)
    }

    fn find_free(&self, floor: u64) -> Result<Option<(Record<'_>, State)>> {
        // Not in the loop's head: the lock would be held through its body.
        let spare = || lock(&self.spare).pop();
        while let Some(index) = spare() {
            if let Some(taken) = self.shared.record(index).and_then(|record| self.take(record, floor)) {
                return Ok(Some(taken));
            }
        }
        // Records that were used before come first, or there would be ever more to look at when somebody dies.
        let used = self.shared.map.header(Header::HighWater).load(Ordering::Acquire);
        for step in 0..USED_RECORDS_TRIED.min(used) {
            let index = (u64::from(self.puts.load(Ordering::Relaxed)) * USED_RECORDS_TRIED + step) % used;
            let guess = u32::try_from(index).ok().and_then(|index| self.shared.record(index));
            if let Some(taken) = guess.and_then(|record| self.take(record, floor)) {
                return Ok(Some(taken));
            }
        }
        while let Some(record) = self.fresh_record() {
            if let Some(taken) = self.take(record, floor) {
                return Ok(Some(taken));
            }
        }
        Ok(self.shared.used_records().find_map(|record| self.take(record, floor)))
    }

    /// A record that was never used.
    fn fresh_record(&self) -> Option<Record<'_>> {
        let records = u64::from(self.shared.map.layout().records);
        let next = |used: u64| (used < records).then(|| used + 1);
        let index =
            self.shared.map.header(Header::HighWater).fetch_update(Ordering::AcqRel, Ordering::Acquire, next).ok()?;
        self.shared.record(u32::try_from(index).ok()?)
    }

    fn take<'a>(&self, record: Record<'a>, floor: u64) -> Option<(Record<'a>, State)> {
        let state = record.state();
        let epoch = next_epoch(state.epoch().max(floor)).ok()?;
        let init = State::new(Mode::Init, self.me, epoch);
        let taken = state.is(Mode::Free) && record.swap_state(state, init).is_ok();
        taken.then(|| {
            point("put.taken");
            (record, init)
        })
    }

    /// Gives a new record to this session's object.
    pub(super) fn init_record(&self, record: Record<'_>, init: State, version: Epoch, at: Place) {
        record.set_birth(init.epoch());
        point("put.birth");
        record.set_current(version);
        point("put.current");
        record.set_owner(OwnerWord::new(OwnerKind::Slot, self.me, record.owner().seq()));
        self.note_borrow(record.index, at);
        point("put.owner");
        let _only_we_move_it = record.swap_state(init, State::new(Mode::Idle, 0, init.epoch()));
    }
}

impl SharedStore {
    /// Undoes the making of an object.
    pub(super) fn undo_init(&self, record: Record<'_>, init: State) -> Result<()> {
        self.versions().remove_unpublished(record.index, Epoch(init.epoch()))?;
        point("undo.removed");
        self.clear_fields(record);
        point("undo.cleared");
        let _not_twice = record.swap_state(init, State::new(Mode::Free, 0, init.epoch()));
        Ok(())
    }

    /// Clears what a record says of its object: never its epoch, its sequence, or anybody's reader bit.
    pub(super) fn clear_fields(&self, record: Record<'_>) {
        record.set_birth(0);
        point("clear.birth");
        record.set_owner(OwnerWord::new(OwnerKind::None, 0, record.owner().seq()));
        record.set_ticket(crate::id::Right(0));
        record.set_note(0);
        record.set_prev(Epoch(0));
        point("clear.prev");
        record.set_current(Epoch(0));
    }
}
