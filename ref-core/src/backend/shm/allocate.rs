//! Takes a free record, gives it to an object, and clears it again.

use super::layout::Header;
use super::place::Place;
use super::record::Record;
use super::session::Shm;
use super::shared::SharedStore;
use super::state::{Mode, OwnerKind, OwnerWord, State, next_epoch};
use crate::backend::Caller;
use crate::error::{Error, ErrorKind, Result};
use crate::id::Epoch;
use crate::sync::{Ordering, lock, point};

/// How many records below the high-water mark are tried, before a record is taken that was never used.
const USED_RECORDS_TRIED: u64 = 32;

impl Shm {
    /// Takes a free record for this session, at an epoch above the record's own and above `floor`. If no record is
    /// free, recovers dead sessions, drops objects that were not claimed in time, and looks again. Returns the record
    /// and its new state.
    ///
    /// # Errors
    /// `TooManyObjects` if each record is in use or has used up its counter. Otherwise the error with which the
    /// recovery failed; damage of a slot is not an error here.
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

    /// Takes the first free record that it finds, and returns it with its new state, or `None`. Tries the records that
    /// this session freed, then a few below the high-water mark, then records that were never used, and at last all
    /// records.
    fn find_free(&self, floor: u64) -> Result<Option<(Record<'_>, State)>> {
        // This is a closure since a lock that is taken in the head of the loop would be held through the body.
        let spare = || lock(&self.spare).pop();
        while let Some(index) = spare() {
            if let Some(taken) = self.shared.record(index).and_then(|record| self.take(record, floor)) {
                return Ok(Some(taken));
            }
        }
        // Records that were used before come first: a recoverer looks at every record below the high-water mark, so the
        // mark should rise slowly.
        let used = self.shared.map.header(Header::HighWater).load(Ordering::Acquire);
        for step in 0..USED_RECORDS_TRIED.min(used) {
            // Relaxed: the counter only spreads this session's attempts over the records.
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

    /// Raises the high-water mark by one, and returns the record that the mark has passed. That record was never used.
    /// Returns `None` if there is no such record.
    fn fresh_record(&self) -> Option<Record<'_>> {
        let records = u64::from(self.shared.map.layout().records);
        // A compare-and-swap loop: each index is given out once. A session that dies before it takes the record leaves
        // a free record below the mark.
        let next = |used: u64| (used < records).then(|| used + 1);
        let index =
            self.shared.map.header(Header::HighWater).fetch_update(Ordering::AcqRel, Ordering::Acquire, next).ok()?;
        self.shared.record(u32::try_from(index).ok()?)
    }

    /// Takes the record if it is free and its counter is not used up. Returns the record and its new state, or `None`.
    /// Of several concurrent callers at most one takes the record.
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

    /// Gives a taken record to a new object of this session, whose version is written. `written` is that version, and its
    /// first cell if it is in cells; `owner` is the new object's owner word. A session that dies in the middle leaves the
    /// mode `Init`, and its recoverer undoes the making of the object.
    pub(super) fn init_record(
        &self,
        record: Record<'_>,
        init: State,
        written: (Epoch, Option<u32>),
        owner: OwnerWord,
        at: Caller,
    ) {
        let (version, cell) = written;
        record.set_birth(init.epoch());
        point("put.birth");
        record.set_place(Place { current: cell, replaced: None });
        record.set_current(version);
        point("put.current");
        record.set_owner(owner.with_seq(record.owner().seq()));
        self.note_borrow(record.index, at);
        point("put.owner");
        // The swap releases the words above. Until then, the mode `Init` says that the record has no object yet.
        let _only_we_move_it = record.swap_state(init, State::new(Mode::Idle, 0, init.epoch()));
    }
}

impl SharedStore {
    /// Undoes the making of an object. Only the session that makes the object, or its recoverer, calls this. The call
    /// can be repeated. If the system refuses to remove the version, the record stays as it is, and the error is
    /// returned.
    pub(super) fn undo_init(&self, record: Record<'_>, init: State) -> Result<()> {
        self.versions().remove_unpublished(record.index, Epoch(init.epoch()))?;
        point("undo.removed");
        self.clear_fields(record);
        point("undo.cleared");
        let _not_twice = record.swap_state(init, State::new(Mode::Free, 0, init.epoch()));
        Ok(())
    }

    /// Clears the words that describe an object. The epoch, the number of departures and the reader bits stay: the
    /// first two never fall, and only a session or its recoverer clears the session's bit.
    pub(super) fn clear_fields(&self, record: Record<'_>) {
        // The birth is cleared first. A session that loads one of the values stored below finds at its second look that
        // the birth has changed, and does not take that value for its object's.
        record.set_birth(0);
        point("clear.birth");
        record.set_owner(OwnerWord::new(OwnerKind::None, 0, record.owner().seq()));
        record.set_ticket(crate::id::Right(0));
        record.set_note(0);
        record.set_prev(Epoch(0));
        record.set_place(Place::default());
        point("clear.prev");
        record.set_current(Epoch(0));
    }
}
