//! The end of an exclusive borrow: with a commit, or without.
//!
//! The stage is a write-ahead log. A version is written into the stage, then linked to its name, then the state is
//! swapped to `Publishing`: that swap is the commit. What follows is idempotent, and is repeated by the recoverer if
//! the writer dies.

use super::denied::{CommandResult, Denied};
use super::record::Record;
use super::session::Shm;
use super::shared::SharedStore;
use super::state::{Mode, OwnerKind, State, next_epoch};
use super::unfinished::UnfinishedStep;
use crate::error::Result;
use crate::id::{Epoch, Right};
use crate::ledger::{Refusal, Reply};
use crate::sync::{fence_unless, mutant, point};

impl Shm {
    /// Ends an exclusive borrow, or a reservation, without a commit. Does nothing if the borrow was revoked.
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

    /// Commits a new version.
    ///
    /// The commit is the swap to `Publishing`. A plain store of `current` instead could land after a revoke. All that
    /// the commit needs from the system is done before the swap. After the swap the commit stands, and the caller is
    /// told so. Between a process and its own memory no reply is lost, so a commit that has happened is never sent
    /// again.
    pub(super) fn commit(&self, record: Record<'_>, token: Epoch, bytes: &[u8]) -> CommandResult {
        if !record.state().matches(Mode::Exclusive, self.me, token.0) {
            return Err(self.commit_refused(record, token));
        }
        point("commit.looked");
        self.shared.versions().stage(self.me, record.index, token, bytes)?;
        point("commit.staged");
        self.publish_version(record, token)?;
        // The commit point: a compare-and-swap loop. Token, slot and doom are all in the state, so a revoke and a
        // commit cannot both succeed. Release publishes the named version.
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

    /// Commits a new version of this session's object, which must not be lent. Refused if the current version is not
    /// `base`.
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
        // While this commit is `Publishing`, no ticket of an earlier loan may look redeemed.
        record.set_ticket(Right(0));
        if record.swap_state(state, State::new(Mode::Publishing, self.me, token.0)).is_err() {
            self.unstage(record, token);
            return Err(self.conflict(record));
        }
        point("flush.swapped");
        self.finish_commit(record, token, Mode::Idle);
        Ok(Reply::Version(token))
    }

    /// Gives a staged version its published name. If the system refuses that, the staged file is removed.
    fn publish_version(&self, record: Record<'_>, token: Epoch) -> Result<()> {
        self.shared.versions().publish(self.me, record.index, token).inspect_err(|_| {
            let left = self.shared.versions().remove_from_stage(self.me, record.index, token);
            self.finish_later(left, UnfinishedStep::RemoveFromStage(record.index, token));
        })?;
        point("commit.named");
        Ok(())
    }

    /// Removes a version whose commit was refused.
    fn unstage(&self, record: Record<'_>, token: Epoch) {
        let removed = self.shared.versions().unstage(self.me, record.index, token);
        self.finish_later(removed, UnfinishedStep::Unstage(record.index, token));
    }

    /// Completes this session's commit. The commit stands, so a step that the system refuses is tried again later.
    fn finish_commit(&self, record: Record<'_>, token: Epoch, target: Mode) {
        let cleared = self.shared.roll_forward(record, State::new(Mode::Publishing, self.me, token.0), target);
        self.finish_later(cleared, UnfinishedStep::RemoveReplaced(record.index, token));
    }

    /// Returns why a commit is refused: its loan was revoked, or its object is doomed. In the second case, this ends
    /// the borrow.
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
    /// Completes a commit that has happened. Each step is idempotent, so a recoverer can repeat all of them. The
    /// version has its name already, so no step needs room. The commit is completed even if the old file cannot be
    /// removed now.
    pub(super) fn roll_forward(&self, record: Record<'_>, publishing: State, target: Mode) -> Result<()> {
        let version = Epoch(publishing.epoch());
        let (current, older) = (record.current(), record.prev());
        if current != version {
            if older != current {
                // An earlier commit could not remove the version that `prev` names. `prev` is needed now, so the
                // removal is tried once more.
                let _tried_twice = self.versions().remove(record.index, older);
            }
            // `prev` is stored before `current`: a recoverer that finds the new `current` knows which file to remove.
            record.set_prev(current);
            point("commit.prev");
            record.set_current(version);
        }
        point("commit.current");
        let cleared = self.remove_replaced(record, publishing.slot(), version);
        // Only the session in the slot, or its recoverer, swaps the state away from `Publishing`. A doom that was set
        // after the swap to `Publishing` is kept.
        let done = record.update_state(|state| {
            let same = state.matches(Mode::Publishing, publishing.slot(), publishing.epoch());
            same.then(|| state.to(target, 0, state.epoch()))
        });
        // Dekker with an owner that leaves a doomed object: the writer moves the state and then reads the owner (in
        // `reclaim`), the owner clears the owner word and then reads the state. The later of the two sees the other,
        // and reclaims. Pairs with the fence in `clear_owner`.
        fence_unless("loom: complete without a fence");
        if let Ok(before) = done {
            self.wake_if(record, before);
        }
        cleared
    }

    /// Removes the version that the commit of `version` replaced, and the entry in the stage. If the system refuses to
    /// remove that version, it stays in `prev` for the next commit.
    ///
    /// This may be called at any later time: a name is used once, and no object of this record has a version older than
    /// `version` any more.
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
        let left = self.versions().remove_from_stage(slot, record.index, version);
        point("commit.unstaged");
        removed.and(left)
    }

    /// Ends an exclusive borrow, a reservation or an adoption without a commit, and wakes waiting sessions.
    pub(super) fn end_writer(&self, record: Record<'_>, slot: u16, token: u64) {
        self.end_writer_in(record, slot, token, |rest, epoch| State::new(rest, 0, epoch));
    }

    /// Like [`end_writer`](Self::end_writer), on behalf of a dead session. If the object has an owner, the new state
    /// itself says which session died. A store into another word could come too late and hit the next loan, since the
    /// lender need not wait for the recovery.
    pub(super) fn end_dead_writer(&self, record: Record<'_>, dead: u16, token: u64) {
        self.end_writer_in(record, dead, token, |rest, epoch| state_after_dead_writer(rest, dead, epoch));
    }

    /// Ends the writer in the slot: swaps the state to `to(mode, token)`, where `mode` is the mode that follows the
    /// writer's.
    fn end_writer_in(&self, record: Record<'_>, slot: u16, token: u64, to: impl Fn(Mode, u64) -> State) {
        let rest = mode_after_writer(record);
        let left = record.update_state(|state| {
            let modes = [Mode::Exclusive, Mode::Pending, Mode::Adopting];
            let same = modes.iter().any(|mode| state.matches(*mode, slot, token));
            let next = to(if state.is(Mode::Adopting) { Mode::Open } else { rest }, token);
            same.then(|| if state.doomed() { next.with_doom() } else { next })
        });
        // As in `roll_forward`: Dekker with an owner that leaves a doomed object.
        fence_unless("loom: leave without a fence");
        point("leave.left");
        if let Ok(before) = left {
            self.wake_if(record, before);
        }
    }
}

/// The mode of a record when its writer has ended.
pub(super) fn mode_after_writer(record: Record<'_>) -> Mode {
    match record.owner().kind() {
        OwnerKind::Detached | OwnerKind::Published => Mode::Open,
        OwnerKind::None | OwnerKind::Slot | OwnerKind::Transit => Mode::Taken,
    }
}

/// The state of a record when its writer has died. If the object has an owner, the state tells it of the death.
pub(super) fn state_after_dead_writer(rest: Mode, dead: u16, epoch: u64) -> State {
    match rest {
        Mode::Taken => State::new(Mode::Died, dead, epoch),
        rest => State::new(rest, 0, epoch),
    }
}
