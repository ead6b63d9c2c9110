//! The borrower's side: redeem, give back, commit.

use super::counts::{CountLock, Entered, Left};
use super::denied::{CommandResult, Denied};
use super::layout::GROUP;
use super::record::{Mode, Record, State, next_epoch};
use super::session::Shm;
use crate::backend::Place;
use crate::id::{Epoch, ObjectId, Right};
use crate::ledger::{Refusal, Reply};
use crate::sync::{loom_fence_unless, mutant, point, stepped::IN_ORDER};

impl Shm {
    pub(super) fn redeem_shared(&self, object: ObjectId, record: Record<'_>, epoch: Epoch, at: Place) -> CommandResult {
        match self.redeem_at_once(record, epoch, at) {
            true => Ok(Reply::Shared { version: record.current() }),
            false => Err(expired_or_gone(object, record).into()),
        }
    }

    /// Borrows under the open shared loan of that epoch; answers whether there is one.
    pub(super) fn redeem_at_once(&self, record: Record<'_>, epoch: Epoch, at: Place) -> bool {
        let fits = |state: State| state.is(Mode::Shared) && state.epoch() == epoch.0 && !state.doomed();
        // A ticket that is too old from the start leaves no trace for others to trip over.
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

    /// Borrows what `fits`; answers whether it still did, once this process's bit was set. Sets the bit first and looks
    /// afterwards: the other order would grant an old ticket after `end` said that nobody holds it.
    pub(super) fn borrow_shared(&self, record: Record<'_>, at: Place, fits: impl Fn(State) -> bool) -> bool {
        match self.counts.enter(record.index) {
            Entered::Joined if mutant("join without a look") || fits(record.state()) => true,
            Entered::Joined => {
                self.return_shared(record);
                false
            }
            Entered::First(lock) => {
                let bit = 1 << (self.me % GROUP);
                record.readers(self.me / GROUP).fetch_or(bit, IN_ORDER);
                point("borrow.bit");
                loom_fence_unless("loom: borrow without its fence");
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

    /// Gives one shared borrow back; has no effect when this process has none.
    pub(super) fn give_back(&self, record: Record<'_>) -> CommandResult {
        self.return_shared(record);
        Ok(Reply::Done)
    }

    /// The last borrow of this process clears its bit.
    pub(super) fn return_shared(&self, record: Record<'_>) {
        match self.counts.leave(record.index) {
            Left::Last(lock) => self.clear_own_bit(record, lock),
            Left::OthersRemain if mutant("return for all") => self.shared.clear_bit_and_wake(record, self.me),
            Left::OthersRemain | Left::NothingHeld => {}
        }
    }

    /// Clears this process's bit, and looks who waited for that.
    fn clear_own_bit(&self, record: Record<'_>, lock: CountLock<'_>) {
        self.shared.clear_bit(record, self.me);
        drop(lock);
        self.shared.wake_after_return(record);
        point("return.cleared");
        self.reclaim(record);
    }

    pub(super) fn redeem_exclusive(
        &self,
        object: ObjectId,
        record: Record<'_>,
        right: Right,
        at: Place,
    ) -> CommandResult {
        loop {
            let state = record.state();
            point("take.looked");
            let fits = record.ticket() == right || mutant("redeem any right");
            if record.state() != state {
                continue; // another offer's ticket
            }
            match state.mode() {
                _ if state.doomed() => return Err(Refusal::Gone.into()),
                Some(Mode::Offered) if fits => {
                    // Before the swap: a lender that revokes after it may write the next version at once.
                    let (token, version) = (next_epoch(state.epoch())?, record.current());
                    if record.swap_state(state, State::new(Mode::Exclusive, self.me, token)).is_ok() {
                        self.note_borrow(record.index, at);
                        point("redeem.exclusive");
                        self.inc_held();
                        let version = if mutant("take whatever version is there") { record.current() } else { version };
                        return Ok(Reply::Exclusive { token: Epoch(token), version });
                    }
                }
                // Void: the lender is making another ticket.
                Some(Mode::Taken) if state.is_void() => return Err(Refusal::Expired.into()),
                Some(Mode::Taken | Mode::Died) if fits => return Err(Refusal::AlreadyRedeemed.into()),
                Some(Mode::Exclusive | Mode::Publishing) if fits => {
                    let holder = self.holder(state.slot(), record);
                    return Err(Denied::By(Refusal::AlreadyRedeemed, vec![holder]));
                }
                _ => return Err(expired_or_gone(object, record).into()),
            }
        }
    }
}

/// Why a ticket no longer fits.
fn expired_or_gone(object: ObjectId, record: Record<'_>) -> Refusal {
    if record.is_over(object) { Refusal::Gone } else { Refusal::Expired }
}
