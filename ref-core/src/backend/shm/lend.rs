//! The commands of a lender: open, reissue, end, revoke.

use super::denied::{CommandResult, Denied};
use super::errors::damaged;
use super::record::Record;
use super::session::Shm;
use super::state::{Mode, State, next_epoch};
use crate::backend::{Caller, SLICE};
use crate::error::{Error, ErrorKind, Result};
use crate::id::{Epoch, Right};
use crate::ledger::{Refusal, Reply};
use crate::sync::{Instant, Ordering, fence_unless, mutant, patience, point};
use std::time::Duration;

/// How long a revoke waits for another session to complete its commit.
const COMMIT_TIMEOUT: Duration = Duration::from_secs(30);

impl Shm {
    /// Opens a shared loan, and replies with its epoch. If a shared loan is open already, replies with that loan's
    /// epoch: overlapping shared loans of one owner are one loan. A closing loan is opened again as another loan, with
    /// another epoch. Refused with a conflict while the object is lent exclusively, and with `Exhausted` if the object
    /// is idle and its counter is used up.
    pub(super) fn open_shared(&self, record: Record<'_>, at: Caller) -> CommandResult {
        self.check_owner(record)?;
        let opened = record.update_state(|state| match state.mode() {
            Some(Mode::Idle | Mode::Closing) => Some(state.to(Mode::Shared, 0, next_epoch(state.epoch()).ok()?)),
            _ => None,
        });
        match opened {
            Ok(before) => {
                self.note_borrow(record.index, at);
                point("lend.opened");
                Ok(Reply::Opened(Epoch(before.epoch() + 1)))
            }
            Err(state) if state.is(Mode::Shared) => Ok(Reply::Opened(Epoch(state.epoch()))),
            Err(state) if state.is(Mode::Idle) => Err(Refusal::Exhausted.into()),
            Err(_) => Err(self.conflict(record)),
        }
    }

    /// Opens an exclusive loan. `right` is the hash of its ticket's secret. Refused with a conflict while the object is
    /// lent.
    pub(super) fn open_exclusive(&self, record: Record<'_>, right: Right, at: Caller) -> CommandResult {
        self.check_owner(record)?;
        let state = record.state();
        if !state.is(Mode::Idle) {
            return Err(self.conflict(record));
        }
        let epoch = next_epoch(state.epoch())?;
        // The ticket's hash is stored while the object is idle, when no ticket can be redeemed. The swap publishes the
        // hash.
        record.set_ticket(right);
        point("offer.ticket");
        match record.swap_state(state, state.to(Mode::Offered, 0, epoch)) {
            Ok(_) => {
                self.note_borrow(record.index, at);
                point("lend.offered");
                Ok(Reply::Opened(Epoch(epoch)))
            }
            Err(_) => Err(self.conflict(record)),
        }
    }

    /// Makes another ticket for an exclusive loan. The earlier ticket is void from then on. Refused with a conflict
    /// while a session borrows the object or commits, and with `Expired` if there is no exclusive loan.
    pub(super) fn reissue(&self, record: Record<'_>, right: Right) -> CommandResult {
        self.check_owner(record)?;
        // The epochs of the void state and of the new offer are both checked before the first swap: after that swap,
        // the counter must have room for the new offer.
        let next = |state: State| next_epoch(next_epoch(state.epoch()).ok()?).ok();
        let void = record.update_state(|state| match state.mode() {
            Some(Mode::Offered | Mode::Taken | Mode::Died) => Some(state.to_void(next(state)? - 1)),
            _ => None,
        });
        let before = match void {
            Ok(before) => before,
            Err(state) if matches!(state.mode(), Some(Mode::Offered | Mode::Taken | Mode::Died)) => {
                return Err(Refusal::Exhausted.into());
            }
            Err(state) if matches!(state.mode(), Some(Mode::Exclusive | Mode::Publishing | Mode::Checkpointing)) => {
                return Err(self.conflict(record));
            }
            Err(_) => return Err(Refusal::Expired.into()),
        };
        point("reissue.void");
        // While the state is void, no ticket fits. So the old ticket is never redeemed as the new ticket.
        record.set_ticket(right);
        point("reissue.ticket");
        let epoch = before.epoch() + 2;
        let void = State::void(before.epoch() + 1);
        match record.swap_state(void, void.to(Mode::Offered, 0, epoch)) {
            Ok(_) => Ok(Reply::Opened(Epoch(epoch))),
            Err(_) => Err(self.conflict(record)),
        }
    }

    /// Ends the loan if no session has a borrow under it. Otherwise refuses with a conflict. A shared loan takes no new
    /// borrower after this, even if it cannot end yet. The reply says whether an exclusive loan's ticket was redeemed.
    /// An object that is not lent gets the reply of an ended loan.
    pub(super) fn end(&self, record: Record<'_>) -> CommandResult {
        self.check_owner(record)?;
        loop {
            let state = record.state();
            let ended = |redeemed| Ok(Reply::Ended { version: record.current(), redeemed });
            match state.mode() {
                Some(Mode::Idle) => return ended(true),
                Some(Mode::Shared) if mutant("end without closing") => {
                    self.end_closing(record, state)?;
                    return ended(true);
                }
                Some(Mode::Shared) => {
                    let _looked_at_again = record.swap_state(state, state.to(Mode::Closing, 0, state.epoch()));
                    point("end.closing");
                }
                Some(Mode::Closing) => {
                    self.end_closing(record, state)?;
                    return ended(true);
                }
                Some(Mode::Offered | Mode::Taken | Mode::Died) => {
                    let idle = state.to(Mode::Idle, 0, next_epoch(state.epoch())?);
                    // The owner stores the note before the swap, and reads it after the swap. A recoverer stores no
                    // note (rule S in `slot`).
                    record.set_dead_borrower(state.is(Mode::Died).then(|| state.slot()));
                    point("end.noted");
                    if self.shared.swap_and_wake(record, state, idle).is_ok() {
                        point("end.idle");
                        return ended(!state.is(Mode::Offered));
                    }
                }
                Some(Mode::Exclusive | Mode::Publishing | Mode::Checkpointing) => {
                    if record.update_state(|now| (now == state).then(|| now.with_waiter())).is_ok() {
                        return Err(self.conflict(record));
                    }
                }
                _ => return Err(damaged("the state of the object's record is damaged").into()),
            }
        }
    }

    /// Ends a shared loan that is closing, if no session reads the object. Otherwise refuses with a conflict.
    fn end_closing(&self, record: Record<'_>, closing: State) -> Result<(), Denied> {
        // Dekker's handshake: an earlier swap made the state `Closing`. This fence is between that swap and the loads
        // of the reader bits. The fence pairs with a borrower that sets its bit and then looks at the state again, both
        // sequentially consistent. Either the bit is seen here, or the borrower sees `Closing` and backs out.
        fence_unless("loom: end without its fence");
        if self.still_read(record) {
            return Err(self.conflict(record));
        }
        point("end.unread");
        let _only_we_move_it = self.shared.swap_and_wake(record, closing, closing.to(Mode::Idle, 0, closing.epoch()));
        Ok(())
    }

    /// Takes the object back while sessions may hold it. If sessions read the object, they read on, and the owner's
    /// object moves to a new record, which the reply names. A writer's later commit is refused. Waits only for a commit
    /// that has happened and is not yet complete, and fails with `Timeout` after [`COMMIT_TIMEOUT`].
    pub(super) fn revoke(&self, record: Record<'_>, at: Caller) -> CommandResult {
        self.check_owner(record)?;
        let until = Instant::now() + patience(COMMIT_TIMEOUT);
        loop {
            let state = record.state();
            let revoked = |moved| Ok(Reply::Revoked { version: record.current(), moved });
            match state.mode() {
                Some(Mode::Idle) => return revoked(None),
                Some(Mode::Shared) => {
                    let _looked_at_again = record.swap_state(state, state.to(Mode::Closing, 0, state.epoch()));
                }
                Some(Mode::Closing) => match self.end_closing(record, state) {
                    Ok(()) => return revoked(None),
                    Err(Denied::By(..)) if mutant("revoke by clearing bits") => {
                        let readers: Vec<u16> = self.shared.reader_slots(record).collect();
                        readers.into_iter().for_each(|reader| self.shared.clear_bit_and_wake(record, reader));
                    }
                    // A reader that cannot be probed or recovered counts as alive.
                    Err(Denied::By(..)) if self.recover_dead_holders(record).unwrap_or(false) => {}
                    Err(Denied::By(..)) => return self.move_to_new_record(record, at),
                    Err(error) => return Err(error),
                },
                Some(Mode::Offered | Mode::Taken | Mode::Died | Mode::Exclusive) => {
                    let idle = state.to(Mode::Idle, 0, next_epoch(state.epoch())?);
                    if self.shared.swap_and_wake(record, state, idle).is_ok() {
                        point("revoke.idle");
                        return revoked(None);
                    }
                }
                Some(Mode::Publishing | Mode::Checkpointing) => self.await_publication(record, state, until)?,
                _ => return Err(damaged("the state of the object's record is damaged").into()),
            }
        }
    }

    /// Waits for a change of the record, for one [`SLICE`] at most: `state` shows a commit that is not complete. If the
    /// writer is dead, recovers the writer instead. Fails with `Timeout` if `until` has passed.
    fn await_publication(&self, record: Record<'_>, state: State, until: Instant) -> Result<()> {
        if self.recover_if_dead(state.slot())? {
            return Ok(());
        }
        self.check_slot_in_use(record, state)?;
        if Instant::now() >= until {
            let holder = self.holder(state.slot(), record);
            return Err(Error::new(ErrorKind::Timeout, format!("a commit by {holder} has begun and does not end"))
                .with_remedy("continue or kill that process; its commit stands"));
        }
        // The event word is read before the `wait` bit is set, so a change in between ends the wait (event count).
        let seen = record.event().load(Ordering::Acquire);
        if record.update_state(|now| (now == state).then(|| now.with_waiter())).is_ok() {
            let slice = until.saturating_duration_since(Instant::now()).min(SLICE);
            self.wait_for_change(record, seen, slice);
        }
        Ok(())
    }

    /// Gives the owner a new record with the same bytes. The readers of the revoked loan keep the old record, which the
    /// last of them reclaims. So no session clears another session's bit. If the move fails, the object stays in the
    /// old record.
    fn move_to_new_record(&self, old: Record<'_>, at: Caller) -> CommandResult {
        let (new, init) = self.allocate(old.state().epoch())?;
        // The version gets another name, made of the new record's index and epoch. An epoch is used once in a record,
        // so no other version ever has this name.
        let version = Epoch(init.epoch());
        let cell = match self.copy_version(old, new, version) {
            Ok(cell) => cell,
            Err(error) => {
                self.finish_record_later(self.shared.undo_init(new, init), new);
                return Err(error.into());
            }
        };
        point("move.linked");
        self.init_record(new, init, (version, cell), old.owner(), at);
        point("move.idle");
        self.disown(old);
        Ok(Reply::Revoked { version, moved: Some(new.id()) })
    }
}
