//! The borrower's side: redeem, give back, commit.

use super::layout::GROUP;
use super::local::{Entry, Exit, Turn};
use super::record::{Mode, Record, State, after};
use super::recover::at_rest_again;
use super::unfinished::Step;
use super::{Answer, Denied, Shm};
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

    /// Gives an exclusive borrow back unchanged; has no effect when it was taken away.
    pub(super) fn abort(&self, record: Record<'_>, token: Epoch) -> Answer {
        let state = record.state();
        if [Mode::Exclusive, Mode::Pending].iter().any(|mode| state.names(*mode, self.me, token.0)) {
            self.table.leave_writer(record, self.me, token.0);
            self.holds_less();
            point("abort.left");
            self.reclaim(record);
        }
        Ok(Reply::Done)
    }

    /// The commit is the one swap to `Publishing`: a plain store of `current` would let it land after a revoke. Whatever
    /// the system may refuse, the version's name too, comes before the swap; behind it the answer is that the commit
    /// stands. No answer is ever lost between a process and its memory, so a repeated commit is one too many.
    pub(super) fn commit(&self, record: Record<'_>, token: Epoch, bytes: &[u8]) -> Answer {
        if !record.state().names(Mode::Exclusive, self.me, token.0) {
            return Err(self.too_late(record, token));
        }
        point("commit.looked");
        self.table.versions().stage(self.me, record.index, token, bytes)?;
        point("commit.staged");
        self.name(record, token)?;
        let swap = record.shift(|state| {
            let mine = state.names(Mode::Exclusive, self.me, token.0) && !state.doomed();
            let mine = mine || mutant("commit by a plain store");
            mine.then(|| state.to(Mode::Publishing, self.me, token.0))
        });
        let Ok(before) = swap else {
            self.unstage(record, token);
            return Err(self.too_late(record, token));
        };
        point("commit.swapped");
        self.holds_less();
        self.table.wake_if(record, before);
        self.complete(record, token, at_rest_again(record));
        self.reclaim(record);
        Ok(Reply::Version(token))
    }

    /// Gives a staged version its name. Refused, nothing is left of it.
    fn name(&self, record: Record<'_>, token: Epoch) -> crate::Result<()> {
        self.table.versions().publish(self.me, record.index, token).inspect_err(|_| {
            let left = self.table.versions().leave_stage(self.me, record.index, token);
            self.finish_later(left, Step::LeaveStage(record.index, token));
        })?;
        point("commit.named");
        Ok(())
    }

    /// Removes a version whose commit was refused by the ledger.
    fn unstage(&self, record: Record<'_>, token: Epoch) {
        let removed = self.table.versions().unstage(self.me, record.index, token);
        self.finish_later(removed, Step::Unstage(record.index, token));
    }

    /// Completes this session's commit, which stands whatever the system says to that.
    fn complete(&self, record: Record<'_>, token: Epoch, target: Mode) {
        let cleared = self.table.roll_forward(record, State::new(Mode::Publishing, self.me, token.0), target);
        self.finish_later(cleared, Step::ClearUp(record.index, token));
    }

    /// Why a commit lost: its object is doomed, or its loan was revoked.
    fn too_late(&self, record: Record<'_>, token: Epoch) -> Denied {
        if !record.state().names(Mode::Exclusive, self.me, token.0) {
            return Refusal::Fenced.into();
        }
        self.table.leave_writer(record, self.me, token.0);
        self.holds_less();
        self.reclaim(record);
        Refusal::Gone.into()
    }

    pub(super) fn owner_commit(&self, record: Record<'_>, base: Epoch, bytes: &[u8]) -> Answer {
        self.check_owner(record)?;
        let state = record.state();
        if !state.is(Mode::Home) {
            return Err(self.in_the_way(record));
        }
        if record.current() != base && !mutant("write on any base") {
            return Err(Refusal::Diverged.into());
        }
        let token = Epoch(after(state.epoch())?);
        self.table.versions().stage(self.me, record.index, token, bytes)?;
        point("flush.staged");
        self.name(record, token)?;
        // Or a ticket of an earlier loan would seem to be redeemed while this commit is on its way.
        record.set_ticket(Right(0));
        if record.shift_exactly(state, State::new(Mode::Publishing, self.me, token.0)).is_err() {
            self.unstage(record, token);
            return Err(self.in_the_way(record));
        }
        point("flush.swapped");
        self.complete(record, token, Mode::Home);
        Ok(Reply::Version(token))
    }

    /// Refuses whoever does not own the object.
    pub(super) fn check_owner(&self, record: Record<'_>) -> Result<(), Denied> {
        let owner = record.owner();
        if owner.is_slot(self.me) { Ok(()) } else { Err(self.owned_otherwise(owner, record)) }
    }
}

/// Why a ticket no longer fits.
fn over(object: ObjectId, record: Record<'_>) -> Refusal {
    if record.is_over(object) { Refusal::Gone } else { Refusal::Expired }
}
