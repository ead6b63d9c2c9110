//! The end of an exclusive borrow: a commit, or none.

use super::denied::{Answer, Denied};
use super::record::{Mode, OwnerKind, Record, State, after};
use super::session::Shm;
use super::table::Table;
use super::unfinished::Step;
use crate::error::Result;
use crate::id::{Epoch, Right};
use crate::ledger::{Refusal, Reply};
use crate::sync::{fence_unless, mutant, point};

impl Shm {
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
}

impl Table {
    /// Completes a commit that has happened, by idempotent steps. The version has its name, so that nothing here needs
    /// room. An old file that cannot be removed now holds no caller up.
    pub(super) fn roll_forward(&self, record: Record<'_>, publishing: State, target: Mode) -> Result<()> {
        let version = Epoch(publishing.epoch());
        let (current, older) = (record.current(), record.prev());
        if current != version {
            if older != current {
                // The word is needed, so the version that an earlier commit could not remove goes now.
                let _tried_twice = self.versions().remove(record.index, older);
            }
            record.set_prev(current);
            point("commit.prev");
            record.set_current(version);
        }
        point("commit.current");
        let cleared = self.clear_up(record, publishing.slot(), version);
        let done = record.shift(|state| {
            let same = state.names(Mode::Publishing, publishing.slot(), publishing.epoch());
            same.then(|| state.to(target, 0, state.epoch()))
        });
        fence_unless("loom: complete without a fence");
        if let Ok(before) = done {
            self.wake_if(record, before);
        }
        cleared
    }

    /// Removes what the commit of `version` has replaced, and its entry of the stage. What is refused stays in `prev`, for
    /// the next commit. Right at any later time: a name is used once, and no object has a version older than
    /// `version`.
    pub(super) fn clear_up(&self, record: Record<'_>, slot: u16, version: Epoch) -> Result<()> {
        let prev = record.prev();
        let removed = match prev < version && !mutant("publish beside the old version") {
            true => self.versions().remove(record.index, prev),
            false => Ok(()),
        };
        if removed.is_ok() {
            record.forget_prev(prev);
        }
        point("commit.unlinked");
        let left = self.versions().leave_stage(slot, record.index, version);
        point("commit.unstaged");
        removed.and(left)
    }

    /// Ends an exclusive borrow without a commit, or what was to become one. Whoever waits is woken.
    pub(super) fn leave_writer(&self, record: Record<'_>, slot: u16, token: u64) {
        self.leave(record, slot, token, |rest, epoch| State::new(rest, 0, epoch));
    }

    /// The same on behalf of a dead session. The swap itself says which session died: any other word may have another
    /// meaning by the time that a recoverer comes to it, since the lender need not wait for the recovery.
    pub(super) fn leave_dead_writer(&self, record: Record<'_>, dead: u16, token: u64) {
        self.leave(record, dead, token, |rest, epoch| after_death(rest, dead, epoch));
    }

    fn leave(&self, record: Record<'_>, slot: u16, token: u64, to: impl Fn(Mode, u64) -> State) {
        let rest = at_rest_again(record);
        let left = record.shift(|state| {
            let modes = [Mode::Exclusive, Mode::Pending, Mode::Turning];
            let same = modes.iter().any(|mode| state.names(*mode, slot, token));
            let next = to(if state.is(Mode::Turning) { Mode::Open } else { rest }, token);
            same.then(|| if state.doomed() { next.with_doom() } else { next })
        });
        fence_unless("loom: leave without a fence");
        point("leave.left");
        if let Ok(before) = left {
            self.wake_if(record, before);
        }
    }
}

/// The mode that a record goes back to from a writer.
pub(super) fn at_rest_again(record: Record<'_>) -> Mode {
    match record.owner().kind() {
        OwnerKind::Detached | OwnerKind::Published => Mode::Open,
        OwnerKind::None | OwnerKind::Slot | OwnerKind::Transit => Mode::Taken,
    }
}

/// What a record goes back to from a dead writer.
pub(super) fn after_death(rest: Mode, dead: u16, epoch: u64) -> State {
    match rest {
        Mode::Taken => State::new(Mode::Died, dead, epoch),
        rest => State::new(rest, 0, epoch),
    }
}
