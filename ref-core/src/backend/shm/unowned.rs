//! Objects without an owner, detached or published: borrowed as by a readers-writer lock, adopted or evicted by one.
//!
//! An adopter takes the record from `Open` to `Adopting` first. It is a moment, and not a borrow: others wait for its end,
//! so that no session is refused because of an adopter that is refused itself. An evictor needs one swap only.

use super::denied::{CommandResult, Denied};
use super::record::{Mode, OwnerKind, OwnerWord, Record, State, next_epoch};
use super::session::Shm;
use crate::backend::Place;
use crate::error::{Error, ErrorKind, HeldAs, Result};
use crate::id::{Epoch, ObjectId, Right};
use crate::ledger::{Refusal, Reply};
use crate::sync::{Instant, fence_unless, mutant, patience, point, yield_now};
use std::time::Duration;

/// How long a moment of another process may last.
const ADOPTION_TIMEOUT: Duration = Duration::from_secs(30);

impl Shm {
    /// The object leaves its owner for whoever has its key or name.
    pub(super) fn detach(&self, record: Record<'_>, kind: OwnerKind) -> CommandResult {
        self.check_owner(record)?;
        let state = record.state();
        if !state.is(Mode::Idle) || record.swap_state(state, state.to(Mode::Open, 0, state.epoch())).is_err() {
            return Err(self.conflict(record));
        }
        point("leave.open");
        record.set_owner(OwnerWord::new(kind, 0, record.owner().seq()));
        point("leave.kind");
        self.dec_held();
        Ok(Reply::Done)
    }

    /// The version of an object that nobody writes.
    pub(super) fn get(&self, object: ObjectId, record: Record<'_>) -> CommandResult {
        loop {
            let state = self.state_after_adoption(object, record)?;
            self.check_open(record)?;
            self.check_unwritten(record, state)?;
            point("get.looked");
            let version = record.current();
            // Or the version is another object's, which has the record by now.
            if record.state_is_still(state) || mutant("get without a second look") {
                return Ok(Reply::Version(version));
            }
        }
    }

    /// A reader's borrow: the bit first, then the look, as with a ticket.
    pub(super) fn share(&self, object: ObjectId, record: Record<'_>, at: Place) -> CommandResult {
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

    /// The next writer: keeps new readers out, and waits for those inside.
    pub(super) fn reserve(&self, object: ObjectId, record: Record<'_>) -> CommandResult {
        loop {
            let state = self.state_after_adoption(object, record)?;
            self.check_open(record)?;
            self.check_unwritten(record, state)?;
            let token = next_epoch(state.epoch())?;
            point("reserve.looked");
            if record.swap_state(state, State::new(Mode::Pending, self.me, token)).is_ok() {
                point("reserve.pending");
                self.inc_held();
                return Ok(Reply::Opened(Epoch(token)));
            }
        }
    }

    /// A reservation becomes a borrow when the last reader has gone.
    pub(super) fn grant(&self, record: Record<'_>, at: Place) -> CommandResult {
        let state = record.state();
        if !state.is(Mode::Pending) || state.slot() != self.me {
            return match state.mode() {
                Some(Mode::Pending | Mode::Exclusive) => Err(self.conflict(record)),
                // A commit is not over before it is complete or the object is doomed, and others are told the same; an
                // owner's own is nobody's borrow.
                Some(Mode::Publishing) if !state.doomed() && !is_owners_own(record) => Err(self.conflict(record)),
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
        fence_unless("loom: grant without its fence");
        if self.still_read(record) {
            return Err(self.readers_conflict(record));
        }
        point("grant.unread");
        match record.swap_state(state, state.to(Mode::Exclusive, self.me, state.epoch())) {
            Ok(_) => {
                point("grant.granted");
                self.note_borrow(record.index, at);
                Ok(Reply::Exclusive { token: Epoch(state.epoch()), version: record.current() })
            }
            // Doomed just now.
            Err(_) => self.grant(record, at),
        }
    }

    /// One session becomes the owner of what nobody owns or borrows.
    pub(super) fn adopt(&self, object: ObjectId, record: Record<'_>, at: Place) -> CommandResult {
        let turning = self.begin_adoption(object, record)?;
        let owner = record.owner();
        if self.still_read(record) {
            self.cancel_adoption(record, turning);
            return Err(self.readers_conflict(record));
        }
        record.set_owner(OwnerWord::new(OwnerKind::Slot, self.me, owner.seq()));
        point("adopt.mine");
        self.note_borrow(record.index, at);
        let _only_we_move_it = record.swap_state(turning, State::new(Mode::Idle, 0, turning.epoch()));
        self.inc_held();
        Ok(Reply::Version(record.current()))
    }

    /// Removes a detached object. Its readers read on; its writer finds the object doomed and takes it along.
    ///
    /// One swap of the state that was looked at first, and no other store. An object comes to be detached, and ceases to
    /// be, only while its state moves; so an owner word that was read since is that of the moment of the swap.
    pub(super) fn evict(&self, object: ObjectId, record: Record<'_>) -> CommandResult {
        let before = loop {
            let state = self.state_after_adoption(object, record)?;
            point("evict.settled");
            let owner = record.owner();
            point("evict.looked");
            match owner.kind() {
                OwnerKind::Detached => {}
                OwnerKind::Published => return Err(Refusal::Conflict(HeldAs::Published).into()),
                _ => return Err(self.not_owner(owner, record)),
            }
            match state.mode() {
                _ if state.doomed() || state.has_no_object() => return Err(Refusal::Gone.into()),
                Some(Mode::Open | Mode::Pending | Mode::Exclusive | Mode::Publishing) => {
                    let seen = if mutant("evict in any state") { record.state() } else { state };
                    if let Ok(before) = record.doom_from(seen) {
                        break before;
                    }
                }
                // The owner has left the object since the state was read; if not, the words contradict each other.
                _ if record.state_is_still(state) => return Err(Refusal::Conflict(HeldAs::Owner).into()),
                _ => {}
            }
        };
        point("evict.doomed");
        self.shared.wake_if(record, before);
        self.reclaim(record);
        Ok(Reply::Done)
    }

    fn begin_adoption(&self, object: ObjectId, record: Record<'_>) -> Result<State, Denied> {
        loop {
            let state = self.state_after_adoption(object, record)?;
            self.check_open(record)?;
            self.check_unwritten(record, state)?;
            point("adopt.looked");
            let turning = State::new(Mode::Adopting, self.me, next_epoch(state.epoch())?);
            if record.swap_state(state, turning).is_ok() {
                point("adopt.begun");
                fence_unless("loom: turn without its fence");
                return Ok(turning);
            }
        }
    }

    fn cancel_adoption(&self, record: Record<'_>, turning: State) {
        let _only_we_move_it = record.swap_state(turning, turning.to(Mode::Open, 0, turning.epoch()));
    }

    /// The record's state, after the moment that another process may be in; `Gone` if the record is another object's
    /// by now. Whoever finds this very state unchanged later knows that it still is the object's.
    fn state_after_adoption(&self, object: ObjectId, record: Record<'_>) -> Result<State, Denied> {
        let until = Instant::now() + patience(ADOPTION_TIMEOUT);
        loop {
            let state = record.state();
            if record.birth() != object.birth {
                return Err(Refusal::Gone.into());
            }
            if !state.is(Mode::Adopting) {
                return Ok(state);
            }
            if self.recover_if_dead(state.slot())? {
                continue;
            }
            self.check_slot_in_use(record, state)?;
            if Instant::now() >= until {
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

    /// Refuses whoever wants to use without a ticket what has an owner.
    fn check_open(&self, record: Record<'_>) -> Result<(), Denied> {
        let owner = record.owner();
        match owner.kind() {
            OwnerKind::Detached | OwnerKind::Published => Ok(()),
            _ => Err(self.not_owner(owner, record)),
        }
    }

    fn check_unwritten(&self, record: Record<'_>, state: State) -> Result<(), Denied> {
        match state.mode() {
            _ if state.doomed() || state.has_no_object() => Err(Refusal::Gone.into()),
            Some(Mode::Open) => Ok(()),
            Some(Mode::Pending | Mode::Exclusive | Mode::Publishing) => {
                Err(Denied::By(Refusal::Conflict(HeldAs::BorrowMut), vec![self.holder(state.slot(), record)]))
            }
            // Owned, since the two words were read.
            _ => Err(Refusal::Conflict(HeldAs::Owner).into()),
        }
    }
}

/// Whether the commit that is on its way is one of an owner at home, who voids the ticket first.
fn is_owners_own(record: Record<'_>) -> bool {
    record.owner().kind() == OwnerKind::Slot && record.ticket() == Right(0)
}
