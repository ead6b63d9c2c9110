//! The borrower's side: redeem, give back, commit.

use super::denied::{Answer, Denied};
use super::layout::GROUP;
use super::local::{Entry, Exit, Turn};
use super::record::{Mode, Record, State, after};
use super::session::Shm;
use crate::backend::Place;
use crate::id::{Epoch, ObjectId, Right};
use crate::ledger::{Refusal, Reply};
use crate::sync::{loom_fence_unless, mutant, point, stepped::IN_ORDER};

impl Shm {
    pub(super) fn redeem_shared(&self, object: ObjectId, record: Record<'_>, epoch: Epoch, at: Place) -> Answer {
        match self.redeem_at_once(record, epoch, at) {
            true => Ok(Reply::Shared { version: record.current() }),
            false => Err(over(object, record).into()),
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
        match self.local.enter(record.index) {
            Entry::Joined if mutant("join without a look") || fits(record.state()) => true,
            Entry::Joined => {
                self.let_go(record);
                false
            }
            Entry::First(turn) => {
                let bit = 1 << (self.me % GROUP);
                record.readers(self.me / GROUP).fetch_or(bit, IN_ORDER);
                point("borrow.bit");
                loom_fence_unless("loom: borrow without its fence");
                if mutant("redeem without a second look") || fits(record.state_in_order()) {
                    self.note_borrow(record.index, at);
                    turn.keep();
                    return true;
                }
                self.withdraw(record, turn);
                false
            }
        }
    }

    /// Gives one shared borrow back; has no effect when this process has none.
    pub(super) fn give_back(&self, record: Record<'_>) -> Answer {
        self.let_go(record);
        Ok(Reply::Done)
    }

    /// The last borrow of this process clears its bit.
    pub(super) fn let_go(&self, record: Record<'_>) {
        match self.local.leave(record.index) {
            Exit::Last(turn) => self.withdraw(record, turn),
            Exit::OthersRemain if mutant("return for all") => self.table.clear_bit_of(record, self.me),
            Exit::OthersRemain | Exit::NothingHeld => {}
        }
    }

    /// Clears this process's bit, and looks who waited for that.
    fn withdraw(&self, record: Record<'_>, turn: Turn<'_>) {
        self.table.take_bit_off(record, self.me);
        drop(turn);
        self.table.see_who_waits(record);
        point("return.cleared");
        self.reclaim(record);
    }

    pub(super) fn redeem_exclusive(&self, object: ObjectId, record: Record<'_>, right: Right, at: Place) -> Answer {
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
                    let (token, version) = (after(state.epoch())?, record.current());
                    if record.shift_exactly(state, State::new(Mode::Exclusive, self.me, token)).is_ok() {
                        self.note_borrow(record.index, at);
                        point("redeem.exclusive");
                        self.holds_more();
                        let version = if mutant("take whatever version is there") { record.current() } else { version };
                        return Ok(Reply::Exclusive { token: Epoch(token), version });
                    }
                }
                // Void: the lender is making another ticket.
                Some(Mode::Taken) if state.slot() != 0 => return Err(Refusal::Expired.into()),
                Some(Mode::Taken | Mode::Died) if fits => return Err(Refusal::AlreadyRedeemed.into()),
                Some(Mode::Exclusive | Mode::Publishing) if fits => {
                    let holder = self.holder(state.slot(), record);
                    return Err(Denied::By(Refusal::AlreadyRedeemed, vec![holder]));
                }
                _ => return Err(over(object, record).into()),
            }
        }
    }
}

/// Why a ticket no longer fits.
fn over(object: ObjectId, record: Record<'_>) -> Refusal {
    if record.is_over(object) { Refusal::Gone } else { Refusal::Expired }
}
