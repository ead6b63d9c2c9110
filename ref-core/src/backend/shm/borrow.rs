//! The commands of a borrower: redeem, and give back.

use super::counts::{CountLock, Decrement, Increment};
use super::denied::{CommandResult, Denied};
use super::layout::GROUP;
use super::record::Record;
use super::session::Shm;
use super::state::{Mode, State, next_epoch};
use crate::backend::Caller;
use crate::id::{Epoch, ObjectId, Right};
use crate::ledger::{Refusal, Reply};
use crate::sync::{loom_fence_unless, mutant, point, stepped::IN_ORDER};

impl Shm {
    /// Redeems a shared ticket. If the ticket does not fit, the refusal is `Gone` for an object that is over, and
    /// otherwise `Expired`.
    pub(super) fn redeem_shared(
        &self,
        object: ObjectId,
        record: Record<'_>,
        epoch: Epoch,
        at: Caller,
    ) -> CommandResult {
        match self.redeem_at_once(record, epoch, at) {
            true => Ok(Reply::Shared { version: record.current() }),
            false => Err(expired_or_gone(object, record).into()),
        }
    }

    /// Borrows under the shared loan of that epoch. Returns false if that loan is not open, or if the object is doomed.
    pub(super) fn redeem_at_once(&self, record: Record<'_>, epoch: Epoch, at: Caller) -> bool {
        let fits = |state: State| state.is(Mode::Shared) && state.epoch() == epoch.0 && !state.doomed();
        // If the ticket does not fit even now, no bit is set, since a lender could take the bit for a borrow.
        if !fits(record.state()) {
            return false;
        }
        point("redeem.looked");
        let granted = self.borrow_shared(record, at, fits);
        if granted {
            point("redeem.granted");
        }
        granted
    }

    /// Sets this session's bit, and then looks whether the state `fits`. If it does, the session has one more shared
    /// borrow, and the result is `true`. Otherwise the attempt is undone, and the result is `false`.
    ///
    /// The bit is set before the state is looked at. In the other order, `end` could run in between and find no reader,
    /// and an old ticket would be granted.
    pub(super) fn borrow_shared(&self, record: Record<'_>, at: Caller, fits: impl Fn(State) -> bool) -> bool {
        match self.counts.increment(record.index) {
            // Another thread has set the bit, then looked at the state in order, and then released the count that this
            // thread acquired. So this load sees the same state or a later one, perhaps of another loan.
            Increment::Joined if mutant("join without a look") || fits(record.state()) => true,
            Increment::Joined => {
                self.return_shared(record);
                false
            }
            Increment::First(lock) => {
                let bit = 1 << (self.me % GROUP);
                // The first half of Dekker's handshake: this swap sets the bit, and is sequentially consistent. The
                // swap pairs with the fence that a lender passes between its change of the state and its look at the
                // bits.
                record.readers(self.me / GROUP).fetch_or(bit, IN_ORDER);
                point("borrow.bit");
                loom_fence_unless("loom: borrow without its fence");
                // The second half: this load of the state is in the same total order. Either the load sees the lender's
                // change (the loan closed or revoked, the object doomed), or the lender sees the bit.
                if mutant("redeem without a second look") || fits(record.state_in_order()) {
                    self.note_borrow(record.index, at);
                    lock.keep();
                    return true;
                }
                self.clear_own_bit(record, lock);
                false
            }
        }
    }

    /// Gives one shared borrow back, if this session has one. The reply is `Done` in either case.
    pub(super) fn give_back(&self, record: Record<'_>) -> CommandResult {
        self.return_shared(record);
        Ok(Reply::Done)
    }

    /// Gives one shared borrow back, if this session has one. The return of this session's last borrow clears the
    /// reader bit.
    pub(super) fn return_shared(&self, record: Record<'_>) {
        match self.counts.decrement(record.index) {
            Decrement::Last(lock) => self.clear_own_bit(record, lock),
            Decrement::OthersRemain if mutant("return for all") => self.shared.clear_bit_and_wake(record, self.me),
            Decrement::OthersRemain | Decrement::NothingHeld => {}
        }
    }

    /// Clears this session's reader bit, unlocks the count, and wakes waiting sessions. Reclaims the object if it is
    /// doomed and has no holder any more.
    fn clear_own_bit(&self, record: Record<'_>, lock: CountLock<'_>) {
        self.shared.clear_bit(record, self.me);
        // The count is unlocked before the state is looked at, so that another thread can borrow anew at once. That
        // thread sets the bit again.
        drop(lock);
        self.shared.wake_after_return(record);
        point("return.cleared");
        self.reclaim(record);
    }

    /// Redeems an exclusive ticket. Of several concurrent callers at most one is granted the borrow. The refusal is
    /// `AlreadyRedeemed` if the ticket was redeemed and its loan goes on, `Gone` if the object is over, and otherwise
    /// `Expired`.
    pub(super) fn redeem_exclusive(
        &self,
        object: ObjectId,
        record: Record<'_>,
        right: Right,
        at: Caller,
    ) -> CommandResult {
        loop {
            let state = record.state();
            point("take.looked");
            let fits = record.ticket() == right || mutant("redeem any right");
            // The lender of an object without an owner is dead, and its loan over. The ticket's word stays.
            let is_lent = || !record.owner().is_open();
            if record.state() != state {
                continue; // A second look, as in a seqlock: the ticket may be that of another offer.
            }
            match state.mode() {
                _ if state.doomed() => return Err(Refusal::Gone.into()),
                Some(Mode::Offered) if fits => {
                    // The version is read before the swap: a lender that revokes right after the swap may write the
                    // next version at once.
                    let (token, version) = (next_epoch(state.epoch())?, record.current());
                    if record.swap_state(state, State::new(Mode::Exclusive, self.me, token)).is_ok() {
                        self.note_borrow(record.index, at);
                        point("redeem.exclusive");
                        self.inc_held();
                        let version = if mutant("take whatever version is there") { record.current() } else { version };
                        return Ok(Reply::Exclusive { token: Epoch(token), version });
                    }
                }
                // The lender is making another ticket, so the old ticket is void.
                Some(Mode::Taken) if state.is_void() => return Err(Refusal::Expired.into()),
                Some(Mode::Taken | Mode::Died) if fits && is_lent() => return Err(Refusal::AlreadyRedeemed.into()),
                Some(Mode::Exclusive | Mode::Publishing | Mode::Checkpointing) if fits && is_lent() => {
                    let holder = self.holder(state.slot(), record);
                    return Err(Denied::By(Refusal::AlreadyRedeemed, vec![holder]));
                }
                _ => return Err(expired_or_gone(object, record).into()),
            }
        }
    }
}

/// Returns `Gone` if the object is over, and otherwise `Expired`.
fn expired_or_gone(object: ObjectId, record: Record<'_>) -> Refusal {
    if record.is_over(object) { Refusal::Gone } else { Refusal::Expired }
}
