//! The owner's side: make, send, claim, drop; and finding a free record.

use super::clock::Deadline;
use super::layout::Header;
use super::record::{Mode, OwnerKind, OwnerWord, Record, State, departure};
use super::slot::beside_damage;
use super::{Answer, Denied, Shm};
use crate::backend::Place;
use crate::error::{Error, ErrorKind, Result};
use crate::id::{Epoch, ObjectId, Right};
use crate::ledger::{Refusal, Reply};
use crate::sync::{Ordering, lock, mutant, point};

/// How many used records are looked at before a new one is taken.
const GUESSES: u64 = 32;
/// Every so many puts, a few other slots are looked at.
const LOOK_EVERY: u32 = 64;

impl Shm {
    pub(super) fn make(&self, bytes: &[u8], at: Place) -> Result<(ObjectId, Epoch)> {
        match self.make_once(bytes, at) {
            // What the dead hold may be all that is missing.
            Err(error) if error.kind() == ErrorKind::StoreFull && self.free_something()? => self.make_once(bytes, at),
            made => made,
        }
    }

    /// Gives back what the dead held. A slot that is damaged frees nothing, and hinders nothing.
    fn free_something(&self) -> Result<bool> {
        let (freed, looked) = self.sweep();
        beside_damage(looked).map(|()| freed > 0)
    }

    /// Recovers every other session whose process is dead, and drops each object that was not claimed in time; returns how many
    /// there were, and whether all could be looked at.
    pub(super) fn sweep(&self) -> (usize, Result<()>) {
        let (dead, looked) = self.table.recover_all(Some(self.me));
        (dead + self.table.used_records().filter(|record| self.sweep_transit(*record)).count(), looked)
    }

    fn make_once(&self, bytes: &[u8], at: Place) -> Result<(ObjectId, Epoch)> {
        let (record, init) = self.allocate(0)?;
        let version = Epoch(init.epoch());
        if let Err(error) = self.table.versions().write_first(record.index, version, bytes) {
            self.finish_record_later(self.table.unmake(record, init), record);
            return Err(error);
        }
        point("put.written");
        self.inhabit(record, init, version, at);
        point("put.home");
        self.holds_more();
        Ok((ObjectId { index: record.index, birth: init.epoch() }, version))
    }

    /// A free record, taken for this session, at an epoch above its own and above `floor`.
    pub(super) fn allocate(&self, floor: u64) -> Result<(Record<'_>, State)> {
        if let Some(found) = self.find_free(floor)? {
            return Ok(found);
        }
        self.free_something()?;
        let full = || {
            let what = format!("all {} records of the store are in use", self.table.map.layout().records);
            Error::new(ErrorKind::TooManyObjects, what)
                .with_remedy("make the store with a larger `max_objects` setting")
        };
        self.find_free(floor)?.ok_or_else(full)
    }

    fn find_free(&self, floor: u64) -> Result<Option<(Record<'_>, State)>> {
        // Not in the loop's head: the lock would be held through its body.
        let spare = || lock(&self.spare).pop();
        while let Some(index) = spare() {
            if let Some(taken) = self.table.record(index).and_then(|record| self.take(record, floor)) {
                return Ok(Some(taken));
            }
        }
        // Records that were used before come first, or there would be ever more to look at when somebody dies.
        let used = self.table.map.header(Header::HighWater).load(Ordering::Acquire);
        for step in 0..GUESSES.min(used) {
            let index = (u64::from(self.puts.load(Ordering::Relaxed)) * GUESSES + step) % used;
            let guess = u32::try_from(index).ok().and_then(|index| self.table.record(index));
            if let Some(taken) = guess.and_then(|record| self.take(record, floor)) {
                return Ok(Some(taken));
            }
        }
        while let Some(record) = self.fresh_record() {
            if let Some(taken) = self.take(record, floor) {
                return Ok(Some(taken));
            }
        }
        Ok(self.table.used_records().find_map(|record| self.take(record, floor)))
    }

    /// A record that was never used.
    fn fresh_record(&self) -> Option<Record<'_>> {
        let records = u64::from(self.table.map.layout().records);
        let next = |used: u64| (used < records).then(|| used + 1);
        let index =
            self.table.map.header(Header::HighWater).fetch_update(Ordering::AcqRel, Ordering::Acquire, next).ok()?;
        self.table.record(u32::try_from(index).ok()?)
    }

    fn take<'a>(&self, record: Record<'a>, floor: u64) -> Option<(Record<'a>, State)> {
        let state = record.state();
        let epoch = super::record::after(state.epoch().max(floor)).ok()?;
        let init = State::new(Mode::Init, self.me, epoch);
        let taken = state.is(Mode::Free) && record.shift_exactly(state, init).is_ok();
        taken.then(|| {
            point("put.taken");
            (record, init)
        })
    }

    pub(super) fn drop_owner(&self, record: Record<'_>) -> Answer {
        self.check_owner(record)?;
        self.disown(record);
        self.holds_less();
        Ok(Reply::Done)
    }

    /// Drops this session's object. Doomed, it is dropped, whatever becomes of its files.
    pub(super) fn disown(&self, record: Record<'_>) {
        self.table.disown(record);
        self.reclaim(record);
    }

    /// Drops an unclaimed object whose deadline has passed, by claiming it first, so that no other session can. Returns
    /// whether it did.
    pub(super) fn sweep_transit(&self, record: Record<'_>) -> bool {
        let owner = record.owner();
        if owner.kind() != OwnerKind::Transit {
            return false;
        }
        if !record.deadline().is_over() || mutant("transit without a deadline") {
            return false;
        }
        if !record.shift_owner(owner, OwnerWord::new(OwnerKind::Slot, self.me, owner.seq())) {
            return false;
        }
        point("sweep.claimed");
        self.disown(record);
        true
    }

    pub(super) fn send(&self, record: Record<'_>, right: Right) -> Answer {
        self.check_owner(record)?;
        let owner = record.owner();
        if !record.state().is(Mode::Home) {
            return Err(self.in_the_way(record));
        }
        let seq = if mutant("send under the same number") { owner.seq() } else { departure(owner.seq())? };
        record.set_ticket(right);
        record.set_deadline(Deadline::after(self.transit));
        point("send.ticket");
        if !record.shift_owner(owner, OwnerWord::new(OwnerKind::Transit, 0, seq)) {
            return Err(Refusal::Gone.into());
        }
        point("send.sent");
        self.holds_less();
        Ok(Reply::Sent { seq })
    }

    /// Claims exactly the transit that the ticket was made for: a later one of the same object has another number.
    pub(super) fn claim(&self, record: Record<'_>, seq: u64, right: Right, at: Place) -> Answer {
        self.sweep_transit(record);
        let owner = record.owner();
        point("claim.looked");
        let fits = owner.kind() == OwnerKind::Transit
            && (owner.seq() == seq || mutant("claim any departure"))
            && record.ticket() == right;
        let mine = OwnerWord::new(OwnerKind::Slot, self.me, seq);
        if fits && record.shift_owner(owner, mine) {
            self.note_borrow(record.index, at);
            point("claim.mine");
            self.holds_more();
            return Ok(Reply::Version(record.current()));
        }
        Err(self.not_claimed(record, seq))
    }

    fn not_claimed(&self, record: Record<'_>, seq: u64) -> Denied {
        let owner = record.owner();
        match owner.kind() {
            OwnerKind::None => Refusal::Gone.into(),
            OwnerKind::Transit if owner.seq() == seq => Refusal::Expired.into(),
            OwnerKind::Slot if owner.seq() >= seq => {
                Denied::By(Refusal::AlreadyRedeemed, vec![self.holder(owner.slot(), record)])
            }
            OwnerKind::Transit | OwnerKind::Detached | OwnerKind::Published if owner.seq() >= seq => {
                Refusal::AlreadyRedeemed.into()
            }
            _ => Refusal::Expired.into(),
        }
    }

    /// Now and then, looks at a few sessions, and recovers the dead among them. A `put` is never refused because of another
    /// session's slot: a slot that cannot be looked at or recovered is left to the next look.
    pub(super) fn look_after(&self) {
        let nth = self.puts.fetch_add(1, Ordering::Relaxed);
        if !nth.is_multiple_of(LOOK_EVERY) {
            return;
        }
        let slots = u32::from(self.table.map.layout().slots);
        for slot in (0..4).map(|step| ((nth / LOOK_EVERY * 4 + step) % slots) as u16) {
            let _next_time = self.recover_if_dead(slot);
        }
    }
}
