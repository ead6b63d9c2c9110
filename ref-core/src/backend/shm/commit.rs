//! The end of an exclusive borrow: with a commit, or without.
//!
//! The stage is a write-ahead log. A version is written into the stage, and then linked to its name. The next step
//! swaps the state to `Publishing`, and is the commit. The steps after the commit are idempotent: if the writer dies,
//! its recoverer repeats them.

use super::content::NextVersion;
use super::denied::{CommandResult, Denied};
use super::locate::Staged;
use super::record::Record;
use super::session::Shm;
use super::shared::SharedStore;
use super::state::{Mode, State, next_epoch};
use super::unfinished::UnfinishedStep;
use crate::error::Result;
use crate::id::{Epoch, Right};
use crate::ledger::{Refusal, Reply};
use crate::sync::{fence_unless, mutant, point};

impl Shm {
    /// Ends an exclusive borrow without a commit, or a reservation: the mode `Pending`, in which a session waits for
    /// the readers to leave. Does nothing if this session has neither under `token`, for example after a revoke. The
    /// reply is `Done` in either case.
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

    /// Commits a new version, and ends the exclusive borrow. The refusal is `Fenced` if the loan was revoked, and
    /// `Gone` if the object is doomed. If the system refuses a step before the commit, the borrow goes on.
    ///
    /// The commit is the swap to `Publishing`. A plain store into `current` could take effect after a revoke. Every
    /// step that the system may refuse comes before the swap, except the removal of files. After the swap the commit
    /// stands, and the reply is `Version`. So a commit that has happened is never repeated.
    pub(super) fn commit(&self, record: Record<'_>, token: Epoch, version: NextVersion<'_>) -> CommandResult {
        let staged = self.commit_as(Mode::Publishing, record, token, version)?;
        self.dec_held();
        self.finish_commit(record, Mode::Publishing, token, State::new(mode_after_writer(record), 0, token.0), staged);
        self.reclaim(record);
        Ok(Reply::Version(token))
    }

    /// Commits a new version as [`commit`](Self::commit) does, and keeps the exclusive borrow, under the next token.
    ///
    /// The state is `Checkpointing` in between, so a recoverer knows that the writer still had the borrow.
    pub(super) fn checkpoint(&self, record: Record<'_>, token: Epoch, version: NextVersion<'_>) -> CommandResult {
        let state = record.state();
        if !state.matches(Mode::Exclusive, self.me, token.0) || state.doomed() {
            return Err(self.commit_refused(record, token));
        }
        // The next token is the epoch after this one: no other session raises the epoch of a record that is written.
        let next = next_epoch(token.0)?;
        let staged = self.commit_as(Mode::Checkpointing, record, token, version)?;
        let held = State::new(Mode::Exclusive, self.me, next);
        self.finish_commit(record, Mode::Checkpointing, token, held, staged);
        self.reclaim(record);
        Ok(Reply::Exclusive { token: Epoch(next), version: token })
    }

    /// Stages a new version, and swaps the state from `Exclusive` to `mode`, which is the commit.
    fn commit_as(
        &self,
        mode: Mode,
        record: Record<'_>,
        token: Epoch,
        version: NextVersion<'_>,
    ) -> Result<Staged, Denied> {
        if !record.state().matches(Mode::Exclusive, self.me, token.0) {
            return Err(self.commit_refused(record, token));
        }
        point("commit.looked");
        let staged = self.stage(record, token, version)?;
        // The commit point is this compare-and-swap loop. Token, slot and doom are all in the state, so a revoke and a
        // commit cannot both succeed. The release publishes the version, which has its name already.
        let swap = record.update_state(|state| {
            let mine = state.matches(Mode::Exclusive, self.me, token.0) && !state.doomed();
            let mine = mine || mutant("commit by a plain store");
            // The sessions that wait are woken when the commit is complete.
            mine.then(|| state.to(mode, self.me, token.0))
        });
        if swap.is_err() {
            self.unstage(record, token, staged);
            return Err(self.commit_refused(record, token));
        }
        point("commit.swapped");
        Ok(staged)
    }

    /// Commits a new version of this session's object. Refused if this session is not the owner, with a conflict if the
    /// object is lent, and with `Diverged` if the current version is not `base`.
    pub(super) fn owner_commit(&self, record: Record<'_>, base: Epoch, version: NextVersion<'_>) -> CommandResult {
        self.check_owner(record)?;
        let state = record.state();
        if !state.is(Mode::Idle) {
            return Err(self.conflict(record));
        }
        if record.current() != base && !mutant("write on any base") {
            return Err(Refusal::Diverged.into());
        }
        let token = Epoch(next_epoch(state.epoch())?);
        let reserved = self.reserve_token(record, state, token)?;
        point("flush.token");
        let staged = self.stage(record, token, version)?;
        point("flush.staged");
        // While this commit is `Publishing`, no ticket of an earlier loan may count as redeemed. So the ticket is
        // cleared.
        record.set_ticket(Right(0));
        let publishing = State::new(Mode::Publishing, self.me, token.0);
        if record.swap_state(reserved, publishing).is_err() {
            self.unstage(record, token, staged);
            return Err(self.conflict(record));
        }
        point("flush.swapped");
        self.finish_commit(record, Mode::Publishing, token, State::new(Mode::Idle, 0, token.0), staged);
        Ok(Reply::Version(token))
    }

    /// Takes the token of the owner's commit: raises the epoch of the idle object to it, and returns that state.
    ///
    /// A version is named by its token, so the token is taken before there is a file or a cell of that name. The object
    /// may outlive this session. Without this swap the next writer would get the same token, and the recoverer of this
    /// session would remove the next writer's version.
    fn reserve_token(&self, record: Record<'_>, idle: State, token: Epoch) -> Result<State, Denied> {
        if mutant("flush without its token") {
            return Ok(idle);
        }
        let reserved = idle.to(Mode::Idle, 0, token.0);
        record.swap_state(idle, reserved).map_err(|_| self.conflict(record))?;
        Ok(reserved)
    }

    /// Completes this session's commit, and swaps the state to `target`. The commit stands, so a removal that the
    /// system refuses is tried again later.
    fn finish_commit(&self, record: Record<'_>, mode: Mode, token: Epoch, target: State, staged: Staged) {
        let publishing = State::new(mode, self.me, token.0);
        let cleared = self.shared.roll_forward(record, publishing, target, staged);
        self.finish_later(cleared, UnfinishedStep::RemoveReplaced(record.index, token));
    }

    /// Returns why a commit is refused: `Fenced` if this session does not have the borrow any more, and otherwise
    /// `Gone`, since the object is doomed. In the second case, ends the borrow.
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
    /// Completes a commit that has happened, of a version that is in the place that `staged` says, and swaps the state to
    /// `target`. Each step is idempotent, so a recoverer can repeat every step. The version is written already, so no
    /// step needs room. The commit is completed even if the replaced version or the entry in the stage cannot be removed;
    /// then the first error is returned.
    pub(super) fn roll_forward(
        &self,
        record: Record<'_>,
        publishing: State,
        target: State,
        staged: Staged,
    ) -> Result<()> {
        let version = Epoch(publishing.epoch());
        let (current, older) = (record.current(), record.prev());
        if current != version {
            // `prev` and the place are stored before `current`: a recoverer that finds the new `current` knows what to
            // remove, and a reader that finds it knows where it is.
            if !self.is_in_cells(record, current) {
                if older != current {
                    // If `prev` still names a version, an earlier commit could not remove it. `prev` is needed now, so
                    // the removal is tried once more.
                    let _tried_twice = self.versions().remove(record.index, older);
                }
                record.set_prev(current);
            }
            point("commit.prev");
            self.shift_place(record, version, staged.cell());
            record.set_current(version);
        }
        point("commit.current");
        self.free_replaced(record, version);
        let cleared = self.remove_replaced(record, publishing.slot(), version, staged);
        // Only the session in the slot, or its recoverer, swaps the state away from `publishing`. A doom that was set
        // after the swap to `publishing` is kept.
        let done = record.update_state(|state| {
            let same = state.is_like(publishing);
            same.then(|| if state.doomed() { target.with_doom() } else { target })
        });
        // This fence is for Dekker's handshake with an owner that leaves a doomed object. The writer changes the state
        // and then reads the owner word (in `reclaim`). The owner clears the owner word and then reads the state. The
        // later of the two sees the other's change, and reclaims. The fence pairs with the fence in `clear_owner`.
        fence_unless("loom: complete without a fence");
        if let Ok(before) = done
            && !mutant("loom: complete without a wake")
        {
            self.wake_if(record, before);
        }
        cleared
    }

    /// Removes the file of the version that the commit of `version` replaced, and the entry in the stage. If the system
    /// refuses to remove the replaced version, `prev` still names it for the next commit. Returns the first error.
    ///
    /// This may be called at any time after that commit. A name is used once, and a version that is older than
    /// `version` is not current any more, whichever object the record belongs to.
    pub(super) fn remove_replaced(&self, record: Record<'_>, slot: u16, version: Epoch, staged: Staged) -> Result<()> {
        let prev = record.prev();
        // A later commit may have set `prev` to the version that it replaced. That version is not older than `version`,
        // and stays in `prev` for the later commit.
        let is_replaced = prev < version && !mutant("publish beside the old version");
        let removed = if is_replaced { self.versions().remove(record.index, prev) } else { Ok(()) };
        if is_replaced && removed.is_ok() {
            record.clear_prev(prev);
        }
        point("commit.unlinked");
        let left = match staged {
            Staged::Cells(_) => Ok(()),
            Staged::File => self.versions().remove_from_stage(slot, record.index, version),
        };
        point("commit.unstaged");
        removed.and(left)
    }

    /// Ends an exclusive borrow, a reservation or an adoption without a commit, and wakes waiting sessions. Does
    /// nothing if the session in the slot has none of these under `token`.
    pub(super) fn end_writer(&self, record: Record<'_>, slot: u16, token: u64) {
        self.end_writer_in(record, slot, token, |rest, epoch| State::new(rest, 0, epoch));
    }

    /// Does the same as [`end_writer`](Self::end_writer), on behalf of a dead session. Unless the object is detached or
    /// published, the new state itself says which session died. A store into another word could come too late, and
    /// would then tell of a death in the next loan, since the lender need not wait for the recovery.
    pub(super) fn end_dead_writer(&self, record: Record<'_>, dead: u16, token: u64) {
        self.end_writer_in(record, dead, token, |rest, epoch| state_after_dead_writer(rest, dead, epoch));
    }

    /// Ends the writer in the slot, if the state is still that of this writer. Swaps the state to `to(mode, token)`,
    /// where `mode` is the mode that follows the writer's, and keeps a doom. Wakes waiting sessions.
    fn end_writer_in(&self, record: Record<'_>, slot: u16, token: u64, to: impl Fn(Mode, u64) -> State) {
        let rest = mode_after_writer(record);
        let left = record.update_state(|state| {
            let modes = [Mode::Exclusive, Mode::Pending, Mode::Adopting];
            let same = modes.iter().any(|mode| state.matches(*mode, slot, token));
            let next = to(if state.is(Mode::Adopting) { Mode::Open } else { rest }, token);
            same.then(|| if state.doomed() { next.with_doom() } else { next })
        });
        // This fence has the reason that is given in `roll_forward`: Dekker with an owner that leaves a doomed object.
        fence_unless("loom: leave without a fence");
        point("leave.left");
        if let Ok(before) = left {
            self.wake_if(record, before);
        }
    }
}

/// Returns the mode that a record has when a borrow or a reservation has ended: `Open` if the object is detached or
/// published, and otherwise `Taken`.
pub(super) fn mode_after_writer(record: Record<'_>) -> Mode {
    if record.owner().is_open() { Mode::Open } else { Mode::Taken }
}

/// Returns the state of a record when its writer has died. Where the mode would be `Taken`, it is `Died`, which tells
/// the owner of the death.
pub(super) fn state_after_dead_writer(rest: Mode, dead: u16, epoch: u64) -> State {
    match rest {
        Mode::Taken => State::new(Mode::Died, dead, epoch),
        rest => State::new(rest, 0, epoch),
    }
}
