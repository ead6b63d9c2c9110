//! The lender's side: open, reissue, end, revoke.

use super::record::{Mode, OwnerKind, OwnerWord, Record, State, after};
use super::{Answer, Denied, Shm};
use crate::backend::{Place, SLICE};
use crate::error::{Error, ErrorKind, HeldAs, Result};
use crate::id::{Epoch, Right};
use crate::ledger::{Refusal, Reply};
use crate::sync::{Instant, Ordering, fence_unless, mutant, patience, point, yield_now};
use std::time::Duration;

/// How long a revoke waits for a commit that has already happened to become complete.
const PATIENCE: Duration = Duration::from_secs(30);
/// How many of those in the way a waiter looks at between two questions.
const GLANCES: usize = 8;
/// How often a closing loan is looked at again before a process that may only be asking counts as a holder.
const LOOKS: u32 = 3;

impl Shm {
    /// Overlapping shared loans of one owner are one; a loan that is closing while readers remain is opened anew.
    pub(super) fn open_shared(&self, record: Record<'_>, at: Place) -> Answer {
        self.check_owner(record)?;
        let opened = record.shift(|state| match state.mode() {
            Some(Mode::Home | Mode::Closing) => Some(state.to(Mode::Shared, 0, after(state.epoch()).ok()?)),
            _ => None,
        });
        match opened {
            Ok(before) => {
                self.note_borrow(record.index, at);
                point("lend.opened");
                Ok(Reply::Opened(Epoch(before.epoch() + 1)))
            }
            Err(state) if state.is(Mode::Shared) => Ok(Reply::Opened(Epoch(state.epoch()))),
            Err(state) if state.is(Mode::Home) => Err(Refusal::Exhausted.into()),
            Err(_) => Err(self.in_the_way(record)),
        }
    }

    /// The ticket is written while nothing can be redeemed.
    pub(super) fn open_exclusive(&self, record: Record<'_>, right: Right, at: Place) -> Answer {
        self.check_owner(record)?;
        let state = record.state();
        if !state.is(Mode::Home) {
            return Err(self.in_the_way(record));
        }
        let epoch = after(state.epoch())?;
        record.set_ticket(right);
        point("offer.ticket");
        match record.shift_exactly(state, state.to(Mode::Offered, 0, epoch)) {
            Ok(_) => {
                self.note_borrow(record.index, at);
                point("lend.offered");
                Ok(Reply::Opened(Epoch(epoch)))
            }
            Err(_) => Err(self.in_the_way(record)),
        }
    }

    /// Voids the old ticket first, then writes the new one, then offers it.
    pub(super) fn reissue(&self, record: Record<'_>, right: Right) -> Answer {
        self.check_owner(record)?;
        // Two numbers, the void one's and the offer's: behind the first swap nothing is refused.
        let next = |state: State| after(after(state.epoch()).ok()?).ok();
        let void = record.shift(|state| match state.mode() {
            Some(Mode::Offered | Mode::Taken | Mode::Died) => Some(state.to(Mode::Taken, 1, next(state)? - 1)),
            _ => None,
        });
        let before = match void {
            Ok(before) => before,
            Err(state) if matches!(state.mode(), Some(Mode::Offered | Mode::Taken | Mode::Died)) => {
                return Err(Refusal::Exhausted.into());
            }
            Err(state) if matches!(state.mode(), Some(Mode::Exclusive | Mode::Publishing)) => {
                return Err(self.in_the_way(record));
            }
            Err(_) => return Err(Refusal::Expired.into()),
        };
        point("reissue.void");
        record.set_ticket(right);
        point("reissue.ticket");
        let epoch = before.epoch() + 2;
        let void = State::new(Mode::Taken, 1, before.epoch() + 1);
        match record.shift_exactly(void, void.to(Mode::Offered, 0, epoch)) {
            Ok(_) => Ok(Reply::Opened(Epoch(epoch))),
            Err(_) => Err(self.in_the_way(record)),
        }
    }

    /// Ends the loan if nobody holds it. A shared one takes no new borrower from here on, in any case.
    pub(super) fn end(&self, record: Record<'_>) -> Answer {
        self.check_owner(record)?;
        loop {
            let state = record.state();
            let ended = |redeemed| Ok(Reply::Ended { version: record.current(), redeemed });
            match state.mode() {
                Some(Mode::Home) => return ended(true),
                Some(Mode::Shared) if mutant("end without closing") => {
                    self.end_closing(record, state)?;
                    return ended(true);
                }
                Some(Mode::Shared) => {
                    let _looked_at_again = record.shift_exactly(state, state.to(Mode::Closing, 0, state.epoch()));
                    point("end.closing");
                }
                Some(Mode::Closing) => {
                    self.end_closing(record, state)?;
                    return ended(true);
                }
                Some(Mode::Offered | Mode::Taken | Mode::Died) => {
                    let home = state.to(Mode::Home, 0, after(state.epoch())?);
                    // The note is the owner's word (Rule S), and the caller is the owner. It is read after the swap.
                    record.set_note(if state.is(Mode::Died) { u32::from(state.slot()) + 1 } else { 0 });
                    point("end.noted");
                    if record.shift_exactly(state, home).is_ok() {
                        point("end.home");
                        return ended(!state.is(Mode::Offered));
                    }
                }
                Some(Mode::Exclusive | Mode::Publishing) => {
                    if record.shift(|now| (now == state).then(|| now.with_waiter())).is_ok() {
                        return Err(self.in_the_way(record));
                    }
                }
                _ => return Err(damaged("the state of the object's record is damaged").into()),
            }
        }
    }

    fn end_closing(&self, record: Record<'_>, closing: State) -> Result<(), Denied> {
        fence_unless("loom: end without its fence");
        if self.still_read(record) {
            return Err(self.in_the_way(record));
        }
        point("end.unread");
        let _only_we_move_it = record.shift_exactly(closing, closing.to(Mode::Home, 0, closing.epoch()));
        Ok(())
    }

    /// Whether anybody holds a shared borrow. The state was changed and a fence passed before.
    pub(super) fn still_read(&self, record: Record<'_>) -> bool {
        (0..LOOKS).all(|look| {
            if look > 0 {
                yield_now();
            }
            self.table.reader_slots(record).next().is_some()
        })
    }

    /// Recovers whoever is dead of those that a conflict over the record would name; whether there was anybody.
    pub(super) fn recover_in_the_way(&self, record: Record<'_>) -> Result<bool> {
        let named: Vec<u16> = self.in_the_way_of(record).collect();
        named.into_iter().try_fold(false, |any, slot| Ok(self.recover_if_dead(slot)? || any))
    }

    /// The same of a few of them, while waiting for all.
    pub(super) fn recover_some_in_the_way(&self, record: Record<'_>) -> Result<bool> {
        let named: Vec<u16> = self.in_the_way_of(record).take(GLANCES).collect();
        named.into_iter().try_fold(false, |any, slot| Ok(self.recover_if_dead(slot)? || any))
    }

    fn in_the_way_of(&self, record: Record<'_>) -> impl Iterator<Item = u16> {
        let (state, owner) = (record.state(), record.owner());
        let writes = matches!(state.mode(), Some(Mode::Exclusive | Mode::Publishing | Mode::Pending | Mode::Turning));
        let writer = writes.then(|| state.slot());
        let owner = (owner.kind() == OwnerKind::Slot).then(|| owner.slot());
        writer.into_iter().chain(owner).chain(self.table.reader_slots(record))
    }

    /// Refuses to wait for the end of a moment that nobody is in.
    pub(super) fn check_inhabited(&self, record: Record<'_>, state: State) -> Result<()> {
        let nobody = !self.table.is_in_use(state.slot()) && record.state() == state;
        if nobody { Err(damaged("the object's record names a session that does not exist")) } else { Ok(()) }
    }

    /// Recovers another session's slot if its process is dead.
    pub(super) fn recover_if_dead(&self, slot: u16) -> Result<bool> {
        if slot == self.me { Ok(false) } else { self.table.recover_if_dead(slot) }
    }

    /// The conflict that the record is in now.
    pub(super) fn in_the_way(&self, record: Record<'_>) -> Denied {
        let state = record.state();
        match state.mode() {
            Some(Mode::Exclusive | Mode::Publishing | Mode::Pending | Mode::Turning) => {
                Denied::By(Refusal::Conflict(HeldAs::BorrowMut), vec![self.holder(state.slot(), record)])
            }
            Some(Mode::Offered | Mode::Taken | Mode::Died) => Refusal::Conflict(HeldAs::BorrowMut).into(),
            Some(Mode::Shared | Mode::Closing | Mode::Home | Mode::Open) => {
                let readers = self.table.reader_slots(record).map(|slot| self.holder(slot, record)).collect();
                Denied::By(Refusal::Conflict(HeldAs::Borrow), readers)
            }
            _ => Refusal::Gone.into(),
        }
    }

    /// Takes the object back at once. Who still reads it reads on; who still writes it has lost.
    pub(super) fn revoke(&self, record: Record<'_>, at: Place) -> Answer {
        self.check_owner(record)?;
        let until = Instant::now() + patience(PATIENCE);
        loop {
            let state = record.state();
            let revoked = |moved| Ok(Reply::Revoked { version: record.current(), moved });
            match state.mode() {
                Some(Mode::Home) => return revoked(None),
                Some(Mode::Shared) => {
                    let _looked_at_again = record.shift_exactly(state, state.to(Mode::Closing, 0, state.epoch()));
                }
                Some(Mode::Closing) => match self.end_closing(record, state) {
                    Ok(()) => return revoked(None),
                    Err(Denied::By(..)) if mutant("revoke by clearing bits") => {
                        let readers: Vec<u16> = self.table.reader_slots(record).collect();
                        readers.into_iter().for_each(|reader| self.table.clear_bit_of(record, reader));
                    }
                    // Where the system does not let this process probe the readers, they count as living.
                    Err(Denied::By(..)) if self.recover_in_the_way(record).unwrap_or(false) => {}
                    Err(Denied::By(..)) => return self.move_house(record, at),
                    Err(error) => return Err(error),
                },
                Some(Mode::Offered | Mode::Taken | Mode::Died | Mode::Exclusive) => {
                    let home = state.to(Mode::Home, 0, after(state.epoch())?);
                    if record.shift_exactly(state, home).is_ok() {
                        point("revoke.home");
                        return revoked(None);
                    }
                }
                Some(Mode::Publishing) => self.await_publication(record, state, until)?,
                _ => return Err(damaged("the state of the object's record is damaged").into()),
            }
        }
    }

    /// The commit won: its writer completes it, or is dead and is recovered.
    fn await_publication(&self, record: Record<'_>, state: State, until: Instant) -> Result<()> {
        if self.recover_if_dead(state.slot())? {
            return Ok(());
        }
        self.check_inhabited(record, state)?;
        if Instant::now() >= until {
            let holder = self.holder(state.slot(), record);
            return Err(Error::new(ErrorKind::Timeout, format!("a commit by {holder} has begun and does not end"))
                .with_remedy("continue or kill that process; its commit stands"));
        }
        let seen = record.event().load(Ordering::Acquire);
        if record.shift(|now| (now == state).then(|| now.with_waiter())).is_ok() {
            let slice = until.saturating_duration_since(Instant::now()).min(SLICE);
            crate::backend::Backend::wait(self, record.id(), crate::backend::Watch(seen), slice);
        }
        Ok(())
    }

    /// Readers of a revoked loan keep the old record, which goes with the last of them; the owner gets a new one.
    /// Nobody else's bit is ever cleared.
    fn move_house(&self, old: Record<'_>, at: Place) -> Answer {
        let (new, init) = self.allocate(old.state().epoch())?;
        // The name is the new record's, whose numbers are used once: the old record's may be, or have been, another file's.
        let version = Epoch(init.epoch());
        let linked = self.table.versions().link((old.index, old.current()), (new.index, version));
        if let Err(error) = linked {
            self.finish_record_later(self.table.unmake(new, init), new);
            return Err(error.into());
        }
        point("move.linked");
        self.inhabit(new, init, version, at);
        point("move.home");
        self.disown(old);
        Ok(Reply::Revoked { version, moved: Some(new.id()) })
    }
}

/// A word of the ledger is what this crate never writes.
pub(super) fn damaged(what: impl Into<String>) -> Error {
    Error::new(ErrorKind::Corrupt, what)
        .with_remedy("something else wrote into the store's folder; close the store everywhere and remove it")
}

impl Shm {
    /// Gives a new record to this session's object.
    pub(super) fn inhabit(&self, record: Record<'_>, init: State, version: Epoch, at: Place) {
        record.set_birth(init.epoch());
        point("put.birth");
        record.set_current(version);
        point("put.current");
        record.set_owner(OwnerWord::new(OwnerKind::Slot, self.me, record.owner().seq()));
        self.note_borrow(record.index, at);
        point("put.owner");
        let _only_we_move_it = record.shift_exactly(init, State::new(Mode::Home, 0, init.epoch()));
    }
}
