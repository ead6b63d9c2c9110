//! Commands on objects without an owner, detached or published. Sessions borrow such an object as they would take a
//! readers-writer lock, and one session may adopt it or, if it is detached, evict it.
//!
//! An adopter first swaps the state from `Open` to `Adopting`. That mode is a short step and not a borrow. Other
//! sessions wait until the step is over: otherwise a session could be refused because of an adopter that is refused
//! itself. An evictor needs one swap only.

use super::clock::Deadline;
use super::denied::{CommandResult, Denied};
use super::record::Record;
use super::session::Shm;
use super::shared::SharedStore;
use super::state::{Mode, OwnerKind, OwnerWord, State, next_epoch};
use super::timed;
use crate::backend::Caller;
use crate::error::{Error, ErrorKind, HeldAs, Result};
use crate::id::{Epoch, ObjectId, Right};
use crate::ledger::{Refusal, Reply};
use crate::sync::{Instant, fence_unless, mutant, patience, point, yield_now};
use std::time::Duration;

/// How long a session waits for another session's adoption to end.
const ADOPTION_TIMEOUT: Duration = Duration::from_secs(30);

impl Shm {
    /// Gives up the ownership of this session's object, which must not be lent. Afterwards any session that has the
    /// object's key or name can use the object. If there is a `time`, the object goes when that is over.
    pub(super) fn detach(&self, record: Record<'_>, kind: OwnerKind, time: Option<Duration>) -> CommandResult {
        self.check_owner(record)?;
        let state = record.state();
        let open = state.to(Mode::Open, 0, state.epoch());
        if !state.is(Mode::Idle) || record.swap_state(state, open).is_err() {
            return Err(self.conflict(record));
        }
        point("leave.open");
        let owner = record.owner().to(kind, 0);
        // The deadline comes first: the store of the owner word publishes it.
        let owner = time.map_or(owner, |time| {
            self.shared.note_clock();
            record.set_deadline(Deadline::after(time));
            owner.with_time()
        });
        record.set_owner(owner);
        point("leave.kind");
        self.wake_after_detach(record);
        self.dec_held();
        Ok(Reply::Done)
    }

    /// Wakes the sessions that wait until the object has no owner. The caller has just stored the owner word.
    fn wake_after_detach(&self, record: Record<'_>) {
        if mutant("loom: detach without a swap") && !record.state().waited_for() {
            return;
        }
        // A swap also if no session waits: of this swap and that of a waiter (`announce_detach_wait`), the later one
        // sees what the other session has stored before.
        let before = record.update_state(Some);
        before.into_iter().for_each(|before| self.shared.wake_if(record, before));
    }

    /// Returns the current version of an object without an owner. Refused if the object has an owner or is gone. A
    /// session that writes the object is not in the way: its version is current only after its commit.
    pub(super) fn get(&self, object: ObjectId, record: Record<'_>) -> CommandResult {
        loop {
            let state = self.state_after_adoption(object, record)?;
            self.check_open(record)?;
            check_present(state)?;
            point("get.looked");
            let version = record.current();
            // A second look at the state, as in a seqlock: without it, the version could be one of the next object in
            // the record.
            if record.state_is_still(state) || mutant("get without a second look") {
                return Ok(Reply::Version(version));
            }
        }
    }

    /// Borrows an open object shared. As with a ticket, the state is looked at again after the bit is set.
    pub(super) fn share(&self, object: ObjectId, record: Record<'_>, at: Caller) -> CommandResult {
        point("share.begun");
        loop {
            let state = self.state_after_adoption(object, record)?;
            self.check_open(record)?;
            self.check_unwritten(record, state)?;
            point("share.looked");
            let still_open = |now: State| now.is(Mode::Open) && !now.doomed() && now.epoch() == state.epoch();
            if self.borrow_shared(record, at, still_open) {
                return Ok(Reply::Shared { version: record.current() });
            }
        }
    }

    /// Reserves an open object for this session. From then on new readers and writers are refused, while the present
    /// readers read on.
    pub(super) fn reserve(&self, object: ObjectId, record: Record<'_>) -> CommandResult {
        loop {
            let state = self.state_after_adoption(object, record)?;
            self.check_open(record)?;
            self.check_unwritten(record, state)?;
            let token = next_epoch(state.epoch())?;
            point("reserve.looked");
            let pending = State::new(Mode::Pending, self.me, token);
            if record.swap_state(state, pending).is_ok() {
                point("reserve.pending");
                self.inc_held();
                return Ok(Reply::Opened(Epoch(token)));
            }
        }
    }

    /// Turns this session's reservation into an exclusive borrow. Refused while there are readers, and if this session
    /// has no reservation. If the object is doomed, ends the reservation, and refuses with `Gone`.
    pub(super) fn grant(&self, record: Record<'_>, at: Caller) -> CommandResult {
        let state = record.state();
        if !state.is(Mode::Pending) || state.slot() != self.me {
            return match state.mode() {
                Some(Mode::Pending | Mode::Exclusive) => Err(self.conflict(record)),
                // A borrower's commit counts as a borrow until it is complete, here as in the other commands. An
                // owner's own commit is no borrow.
                Some(Mode::Publishing | Mode::Checkpointing) if !state.doomed() && !is_owners_own(record) => {
                    Err(self.conflict(record))
                }
                Some(Mode::Free | Mode::Init | Mode::Reclaiming) => Err(Refusal::Gone.into()),
                _ if state.doomed() => Err(Refusal::Gone.into()),
                _ => Err(Refusal::Expired.into()),
            };
        }
        if state.doomed() {
            self.shared.end_writer(record, self.me, state.epoch());
            self.reclaim(record);
            return Err(Refusal::Gone.into());
        }
        // Dekker: `reserve` swapped the state to `Pending`. This fence comes before the loads of the reader bits, and
        // pairs with the bit and the second look of a reader in `share`.
        fence_unless("loom: grant without its fence");
        if self.still_read(record) {
            return Err(self.readers_conflict(record));
        }
        point("grant.unread");
        // Other writers wait for this one, and watchers for its version. The end of this borrow wakes them.
        match record.swap_state(state, state.to(Mode::Exclusive, self.me, state.epoch())) {
            Ok(_) => {
                point("grant.granted");
                self.note_borrow(record.index, at);
                Ok(Reply::Exclusive { token: Epoch(state.epoch()), version: record.current() })
            }
            // The object was doomed in between.
            Err(_) => self.grant(record, at),
        }
    }

    /// Makes this session the owner of a detached object that no session borrows. Of several concurrent callers at most
    /// one succeeds.
    pub(super) fn adopt(&self, object: ObjectId, record: Record<'_>, at: Caller) -> CommandResult {
        let adopting = self.begin_adoption(object, record)?;
        let owner = record.owner();
        if self.still_read(record) {
            self.cancel_adoption(record, adopting);
            return Err(self.readers_conflict(record));
        }
        let left = owner.is_timed().then(|| record.deadline().left().unwrap_or(Duration::MAX));
        // A plain store: the state is `Adopting` of this slot, so no other session changes the owner word (rule S in
        // `slot`).
        record.set_owner(owner.to(OwnerKind::Slot, self.me));
        point("adopt.mine");
        self.note_borrow(record.index, at);
        let _only_we_move_it = record.swap_state(adopting, State::new(Mode::Idle, 0, adopting.epoch()));
        self.inc_held();
        let version = record.current();
        Ok(left.map_or(Reply::Version(version), |left| Reply::Adopted { version, left }))
    }

    /// Removes a detached object, or a published object whose writer this session is. Its readers read on. A writer's
    /// later commit is refused, since the object is doomed then. The last of these holders reclaims the object.
    ///
    /// The removal is one swap, from the state that was loaded before the owner word, and no other store. The state
    /// changes before a detached object gets an owner, and before its record gets another object. A record never has
    /// the same state twice. So if the swap succeeds, the owner word was still right at that moment.
    pub(super) fn evict(&self, object: ObjectId, record: Record<'_>) -> CommandResult {
        let before = loop {
            let state = self.state_after_adoption(object, record)?;
            point("evict.stable");
            let owner = record.owner();
            point("evict.looked");
            match owner.kind() {
                OwnerKind::Detached => {}
                OwnerKind::Published if state.is(Mode::Exclusive) && state.slot() == self.me => {}
                _ => return Err(self.not_owner(owner, record)),
            }
            match state.mode() {
                _ if state.doomed() || state.has_no_object() => return Err(Refusal::Gone.into()),
                Some(Mode::Open | Mode::Pending | Mode::Exclusive | Mode::Publishing | Mode::Checkpointing) => {
                    let seen = if mutant("evict in any state") { record.state() } else { state };
                    if let Ok(before) = record.doom_from(seen) {
                        break before;
                    }
                }
                // If the state is still the same, the state contradicts the owner word. Otherwise the owner has
                // detached the object since, and the loop looks again.
                _ if record.state_is_still(state) => return Err(Refusal::Conflict(HeldAs::Owner).into()),
                _ => {}
            }
        };
        point("evict.doomed");
        self.shared.wake_if(record, before);
        self.reclaim(record);
        Ok(Reply::Done)
    }

    /// Swaps the state of an open object to `Adopting` with this session's slot. Returns that state.
    pub(super) fn begin_adoption(&self, object: ObjectId, record: Record<'_>) -> Result<State, Denied> {
        loop {
            let state = self.state_after_adoption(object, record)?;
            let owner = record.owner();
            if owner.kind() != OwnerKind::Detached {
                return Err(self.not_owner(owner, record));
            }
            self.check_unwritten(record, state)?;
            point("adopt.looked");
            let adopting = State::new(Mode::Adopting, self.me, next_epoch(state.epoch())?);
            if record.swap_state(state, adopting).is_ok() {
                point("adopt.begun");
                // Dekker with a reader in `share`: the state is `Adopting`, the bits are read next. Either the reader's
                // bit is seen, or the reader sees `Adopting` and backs out.
                fence_unless("loom: turn without its fence");
                return Ok(adopting);
            }
        }
    }

    /// Swaps the state back to `Open`: the object has a reader, or its time was extended.
    pub(super) fn cancel_adoption(&self, record: Record<'_>, adopting: State) {
        let _only_we_move_it = record.swap_state(adopting, adopting.to(Mode::Open, 0, adopting.epoch()));
    }

    /// Returns the record's state, once no session is adopting the object. Removes an object whose time is over.
    /// Recovers a dead adopter, and fails with `Timeout` if a live adopter does not end its adoption. If the state does
    /// not say yet that the object is open, makes it say so (see `detach_lasting`). Refuses with `Gone` if the record
    /// belongs to another object by now. If the caller finds the same state again later, the record was this object's
    /// all the time.
    fn state_after_adoption(&self, object: ObjectId, record: Record<'_>) -> Result<State, Denied> {
        // The clock is asked only where there is something to wait for: a read of it takes as long as all the rest.
        let mut until = None;
        loop {
            let state = record.state();
            // The birth is read after the state. If the birth fits, and the state is found unchanged later, the record
            // was this object's all the time: no record has the same state twice.
            if record.birth() != object.birth {
                return Err(Refusal::Gone.into());
            }
            if self.shared.opens_late(record, state) {
                continue;
            }
            if timed::is_over(record, state) {
                self.drop_after_time(record);
                continue;
            }
            if !state.is(Mode::Adopting) {
                return Ok(state);
            }
            if self.recover_if_dead(state.slot())? {
                continue;
            }
            self.check_slot_in_use(record, state)?;
            let now = Instant::now();
            if now >= *until.get_or_insert(now + patience(ADOPTION_TIMEOUT)) {
                let holder = self.holder(state.slot(), record);
                return Err(Error::new(
                    ErrorKind::Timeout,
                    format!("{holder} began to adopt this object and does not end"),
                )
                .with_remedy("continue or kill that process")
                .into());
            }
            yield_now();
        }
    }

    /// Refuses an object that is neither detached nor published.
    fn check_open(&self, record: Record<'_>) -> Result<(), Denied> {
        let owner = record.owner();
        if owner.is_open() { Ok(()) } else { Err(self.not_owner(owner, record)) }
    }

    /// Refuses an object that a session writes or has reserved, an object that had an owner at `state`, and an object
    /// that is gone.
    fn check_unwritten(&self, record: Record<'_>, state: State) -> Result<(), Denied> {
        check_present(state)?;
        match state.mode() {
            Some(Mode::Open) => Ok(()),
            _ => Err(Denied::By(Refusal::Conflict(HeldAs::BorrowMut), vec![self.holder(state.slot(), record)])),
        }
    }
}

impl SharedStore {
    /// Detaches a lasting object without its owner: the owner is dead, or the ticket of the object's departure has
    /// expired. `owner` is the owner word, and names the session that calls this or that is recovered. The object may be
    /// lent. Its borrowers keep their borrows, and no ticket can be redeemed any more. If this process dies in the
    /// middle, the owner's recoverer repeats the call.
    pub(super) fn detach_lasting(&self, record: Record<'_>, owner: OwnerWord) {
        // The state comes first, as in `detach`: no ticket of a loan fits the mode `Open`, and the owner word says that
        // this is not over.
        self.open_at_rest(record);
        point("lasting.open");
        let _only_we_move_it = record.swap_owner(owner, owner.to(OwnerKind::Detached, 0));
        point("lasting.detached");
        // A writer may have left the object for its former owner meanwhile. If this process dies before the next step,
        // the next command on the detached object does that step.
        self.opens_late(record, record.state());
    }

    /// Swaps the state to `Open`, unless a session writes the object or it is doomed. The caller acts for the owner.
    fn open_at_rest(&self, record: Record<'_>) {
        let opened =
            record.update_state(|now| is_late(now).then(|| now.to(Mode::Open, 0, now.epoch()).without_waiter()));
        opened.into_iter().for_each(|before| self.wake_if(record, before));
    }

    /// Swaps `state` to `Open` if the object is detached and the state does not say so yet. Returns whether the caller
    /// has to look at the state again.
    ///
    /// The owner word is loaded after the state. A session that adopts the object changes the state first, and so does
    /// an owner that detaches it. So the swap succeeds only if the object was detached all the time.
    fn opens_late(&self, record: Record<'_>, state: State) -> bool {
        if !is_late(state) || !record.owner().is_open() || mutant("leave what opens late") {
            return false;
        }
        let _another_session_did = self.swap_and_wake(record, state, state.to(Mode::Open, 0, state.epoch()));
        true
    }
}

impl Record<'_> {
    /// Whether the object is open, no session writes it, its time is not limited, and the version is its current one.
    /// The same looks as those of [`Shm::get`], in the same order.
    pub(super) fn has_newest(self, object: ObjectId, version: Epoch) -> bool {
        let state = self.state();
        state.is(Mode::Open)
            && !state.doomed()
            && self.birth() == object.birth
            && self.owner().is_open()
            && !self.owner().is_timed()
            && self.current() == version
            && self.state_is_still(state)
    }
}

/// Whether no session writes the object, and the mode is not that of a detached object.
fn is_late(state: State) -> bool {
    state.at_rest() && !state.is(Mode::Open) && !state.doomed()
}

/// Refuses an object that is gone at `state`, and an object that had an owner then.
fn check_present(state: State) -> Result<(), Denied> {
    match state.mode() {
        _ if state.doomed() || state.has_no_object() => Err(Refusal::Gone.into()),
        Some(Mode::Open | Mode::Pending | Mode::Exclusive | Mode::Publishing | Mode::Checkpointing) => Ok(()),
        // The object had an owner when the state was loaded. The owner detached it before the owner word was loaded.
        _ => Err(Refusal::Conflict(HeldAs::Owner).into()),
    }
}

/// Whether a commit in the mode `Publishing` is the owner's own. An owner clears the ticket before its commit.
fn is_owners_own(record: Record<'_>) -> bool {
    record.owner().kind() == OwnerKind::Slot && record.ticket() == Right(0)
}
