//! The end of an exclusive borrow: a commit, or none.

use super::denied::{CommandResult, Denied};
use super::record::{Mode, OwnerKind, Record, State, next_epoch};
use super::session::Shm;
use super::shared::SharedStore;
use super::unfinished::UnfinishedStep;
use crate::error::Result;
use crate::id::{Epoch, Right};
use crate::ledger::{Refusal, Reply};
use crate::sync::{fence_unless, mutant, point};

impl Shm {
    /// Gives an exclusive borrow back unchanged; has no effect when it was taken away.
    pub(super) fn abort(&self, record: Record<'_>, token: Epoch) -> CommandResult {
        let state = record.state();
        if [Mode::Exclusive, Mode::Pending].iter().any(|mode| state.matches(*mode, self.me, token.0)) {
            self.shared.end_writer(record, self.me, token.0);
            self.dec_held();
            point("abort.left");
            self.reclaim(record);
        }
        Ok(Reply::Done)
    }

    /// The commit is the one swap to `Publishing`: a plain store of `current` would let it land after a revoke. Whatever
    /// the system may refuse, the version's name too, comes before the swap; behind it the answer is that the commit
    /// stands. No answer is ever lost between a process and its memory, so a repeated commit is one too many.
    pub(super) fn commit(&self, record: Record<'_>, token: Epoch, bytes: &[u8]) -> CommandResult {
        if !record.state().matches(Mode::Exclusive, self.me, token.0) {
            return Err(self.commit_refused(record, token));
        }
        point("commit.looked");
        self.shared.versions().stage(self.me, record.index, token, bytes)?;
        point("commit.staged");
        self.publish_version(record, token)?;
        let swap = record.update_state(|state| {
            let mine = state.matches(Mode::Exclusive, self.me, token.0) && !state.doomed();
            let mine = mine || mutant("commit by a plain store");
            mine.then(|| state.to(Mode::Publishing, self.me, token.0))
        });
        let Ok(before) = swap else {
            self.unstage(record, token);
            return Err(self.commit_refused(record, token));
        };
        point("commit.swapped");
        self.dec_held();
        self.shared.wake_if(record, before);
        self.finish_commit(record, token, mode_after_writer(record));
        self.reclaim(record);
        Ok(Reply::Version(token))
    }

    pub(super) fn owner_commit(&self, record: Record<'_>, base: Epoch, bytes: &[u8]) -> CommandResult {
        self.check_owner(record)?;
        let state = record.state();
        if !state.is(Mode::Idle) {
            return Err(self.conflict(record));
        }
        if record.current() != base && !mutant("write on any base") {
            return Err(Refusal::Diverged.into());
        }
        let token = Epoch(next_epoch(state.epoch())?);
        self.shared.versions().stage(self.me, record.index, token, bytes)?;
        point("flush.staged");
        self.publish_version(record, token)?;
        // Or a ticket of an earlier loan would seem to be redeemed while this commit is on its way.
        record.set_ticket(Right(0));
        if record.swap_state(state, State::new(Mode::Publishing, self.me, token.0)).is_err() {
            self.unstage(record, token);
            return Err(self.conflict(record));
        }
        point("flush.swapped");
        self.finish_commit(record, token, Mode::Idle);
        Ok(Reply::Version(token))
    }

    /// Gives a staged version its name. Refused, nothing is left of it.
    fn publish_version(&self, record: Record<'_>, token: Epoch) -> crate::Result<()> {
        self.shared.versions().publish(self.me, record.index, token).inspect_err(|_| {
            let left = self.shared.versions().leave_stage(self.me, record.index, token);
            self.finish_later(left, UnfinishedStep::LeaveStage(record.index, token));
        })?;
        point("commit.named");
        Ok(())
    }

    /// Removes a version whose commit was refused by the ledger.
    fn unstage(&self, record: Record<'_>, token: Epoch) {
        let removed = self.shared.versions().unstage(self.me, record.index, token);
        self.finish_later(removed, UnfinishedStep::Unstage(record.index, token));
    }

    /// Completes this session's commit, which stands whatever the system says to that.
    fn finish_commit(&self, record: Record<'_>, token: Epoch, target: Mode) {
        let cleared = self.shared.roll_forward(record, State::new(Mode::Publishing, self.me, token.0), target);
        self.finish_later(cleared, UnfinishedStep::RemoveReplaced(record.index, token));
    }

    /// Why a commit lost: its object is doomed, or its loan was revoked.
    fn commit_refused(&self, record: Record<'_>, token: Epoch) -> Denied {
        if !record.state().matches(Mode::Exclusive, self.me, token.0) {
            return Refusal::Fenced.into();
        }
        self.shared.end_writer(record, self.me, token.0);
        self.dec_held();
        self.reclaim(record);
        Refusal::Gone.into()
    }
}

impl SharedStore {
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
        let cleared = self.remove_replaced(record, publishing.slot(), version);
        let done = record.update_state(|state| {
            let same = state.matches(Mode::Publishing, publishing.slot(), publishing.epoch());
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
    pub(super) fn remove_replaced(&self, record: Record<'_>, slot: u16, version: Epoch) -> Result<()> {
        let prev = record.prev();
        let removed = match prev < version && !mutant("publish beside the old version") {
            true => self.versions().remove(record.index, prev),
            false => Ok(()),
        };
        if removed.is_ok() {
            record.clear_prev(prev);
        }
        point("commit.unlinked");
        let left = self.versions().leave_stage(slot, record.index, version);
        point("commit.unstaged");
        removed.and(left)
    }

    /// Ends an exclusive borrow without a commit, or what was to become one. Whoever waits is woken.
    pub(super) fn end_writer(&self, record: Record<'_>, slot: u16, token: u64) {
        self.end_writer_in(record, slot, token, |rest, epoch| State::new(rest, 0, epoch));
    }

    /// The same on behalf of a dead session. The swap itself says which session died: any other word may have another
    /// meaning by the time that a recoverer comes to it, since the lender need not wait for the recovery.
    pub(super) fn end_dead_writer(&self, record: Record<'_>, dead: u16, token: u64) {
        self.end_writer_in(record, dead, token, |rest, epoch| state_after_dead_writer(rest, dead, epoch));
    }

    fn end_writer_in(&self, record: Record<'_>, slot: u16, token: u64, to: impl Fn(Mode, u64) -> State) {
        let rest = mode_after_writer(record);
        let left = record.update_state(|state| {
            let modes = [Mode::Exclusive, Mode::Pending, Mode::Adopting];
            let same = modes.iter().any(|mode| state.matches(*mode, slot, token));
            let next = to(if state.is(Mode::Adopting) { Mode::Open } else { rest }, token);
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
pub(super) fn mode_after_writer(record: Record<'_>) -> Mode {
    match record.owner().kind() {
        OwnerKind::Detached | OwnerKind::Published => Mode::Open,
        OwnerKind::None | OwnerKind::Slot | OwnerKind::Transit => Mode::Taken,
    }
}

/// What a record goes back to from a dead writer.
pub(super) fn state_after_dead_writer(rest: Mode, dead: u16, epoch: u64) -> State {
    match rest {
        Mode::Taken => State::new(Mode::Died, dead, epoch),
        rest => State::new(rest, 0, epoch),
    }
}
