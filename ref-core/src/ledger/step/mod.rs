//! The rules: a function for each command, or for two commands that do nearly the same.
//!
//! * `lend`: what an owner lends, and how a loan ends
//! * `borrow`: what a borrower may do with the object
//! * `ownership`: which session owns the object, and how ownership passes on
//! * `open`: objects without an owner, borrowed by their key or name
//!
//! A rule checks everything before its first write, so a refused command changes nothing. There are two exceptions. A
//! refused `End` closes a shared loan to new borrowers. A `Commit`, `Checkpoint` or `Grant` on a doomed object ends its
//! borrow or reservation. A doomed object gives the same refusals as an object that is gone: no caller can know when the last
//! holder went.

mod borrow;
mod lend;
mod open;
mod ownership;

use super::{Command, LAST_EPOCH, Life, LoanState, Object, Orphans, Owner, Refusal, Reply, SessionId, Writer};
use crate::error::HeldAs;
use crate::id::Epoch;

/// The result of a command: the reply, or why the command was refused.
pub(crate) type StepResult = Result<Reply, Refusal>;

/// Applies `command` of `session`, and returns the result. `dead` returns whether a session is known to be dead. A
/// command of a dead session is refused as `Fenced`.
pub(crate) fn step(
    object: &mut Object,
    dead: &dyn Fn(SessionId) -> bool,
    session: SessionId,
    command: Command,
) -> StepResult {
    step_under(Orphans::Reclaim, object, dead, session, command)
}

/// Does what [`step`] does, in a store where `orphans` says what becomes of a dead owner's objects.
pub(crate) fn step_under(
    orphans: Orphans,
    object: &mut Object,
    dead: &dyn Fn(SessionId) -> bool,
    session: SessionId,
    command: Command,
) -> StepResult {
    if dead(session) {
        return Err(Refusal::Fenced);
    }
    settle(orphans, object, dead);
    let result = dispatch(object, session, command);
    settle(orphans, object, dead);
    result
}

/// Takes away what dead sessions held, and ends a doomed object that no session holds. Idempotent.
pub(crate) fn settle(orphans: Orphans, object: &mut Object, dead: &dyn Fn(SessionId) -> bool) {
    object.holders.retain(|&(session, _)| !dead(session));
    object.stale.retain(|&(session, _)| !dead(session));
    if object.writer.session().is_some_and(dead) {
        object.writer = Writer::None; // Changes that the writer did not commit are lost.
    }
    if matches!(object.owner, Owner::Session(owner) if dead(owner)) {
        object.orphan(orphans);
    }
    if object.life == Life::Doomed {
        object.loan = LoanState::None;
        if object.is_unclaimed() {
            object.life = Life::Gone;
            object.committed = None;
        }
    }
}

fn dispatch(object: &mut Object, me: SessionId, command: Command) -> StepResult {
    match command {
        Command::OpenShared => object.open_shared(me),
        Command::OpenExclusive { right } => object.open_exclusive(me, right),
        Command::Reissue { right } => object.reissue(me, right),
        Command::End => object.end(me),
        Command::Revoke => object.revoke(me),

        Command::RedeemShared { epoch } => object.redeem_shared(me, epoch),
        Command::RedeemExclusive { right } => object.redeem_exclusive(me, right),
        Command::Return { loan } => object.give_back(me, loan),
        Command::Abort { token } => object.abort(me, token),
        Command::Commit { token } => object.commit(me, token),
        Command::Checkpoint { token } => object.checkpoint(me, token),

        Command::Put => object.put(me),
        Command::OwnerCommit { base } => object.owner_commit(me, base),
        Command::DropOwner => object.drop_owner(me),
        Command::Keep => object.keep(me),
        Command::Send { right } => object.send(me, right),
        Command::Claim { seq, right } => object.claim(me, seq, right),
        Command::TransitExpired { seq } => object.transit_expired(me, seq),
        Command::Detach => object.leave(me, Owner::Detached),
        Command::DetachFor { .. } => object.leave_for_a_time(me),
        Command::Extend { .. } => object.extend(),
        Command::TimeExpired => object.time_expired(),
        Command::Publish => object.leave(me, Owner::Published),
        Command::Adopt => object.adopt(me),

        Command::Get => object.get(),
        Command::Evict => object.evict(me),
        Command::Share => object.share(me),
        Command::Reserve => object.reserve(me),
        Command::Grant => object.grant(me),
    }
}

impl Writer {
    /// Returns the session that writes, or that has reserved the object in order to write.
    pub(crate) fn session(self) -> Option<SessionId> {
        match self {
            Self::None => None,
            Self::Pending(session, _) | Self::Active(session, _) => Some(session),
        }
    }
}

/// The checks and the changes that several rules have in common.
impl Object {
    /// Refuses every session but the owner.
    fn owned_by(&self, me: SessionId) -> Result<(), Refusal> {
        match self.owner {
            Owner::Session(owner) if owner == me => Ok(()),
            _ => Err(self.owned_otherwise()),
        }
    }

    /// Returns why the object's kind of owner excludes a command.
    fn owned_otherwise(&self) -> Refusal {
        match self.owner {
            Owner::None => Refusal::Gone,
            Owner::Session(_) => Refusal::Conflict(HeldAs::Owner),
            Owner::Transit { .. } => Refusal::Conflict(HeldAs::InTransit),
            Owner::Orphan { .. } => Refusal::Conflict(HeldAs::Orphan),
            Owner::Detached => Refusal::Conflict(HeldAs::Detached),
            Owner::Published => Refusal::Conflict(HeldAs::Published),
        }
    }

    /// Returns why a ticket does not fit.
    fn misfit(&self) -> Refusal {
        if self.life == Life::Live { Refusal::Expired } else { Refusal::Gone }
    }

    /// Refuses while the object is held: by a writer, or by a reader of a loan that was not revoked.
    fn unheld(&self) -> Result<(), Refusal> {
        if self.writer != Writer::None {
            Err(Refusal::Conflict(HeldAs::BorrowMut))
        } else if !self.holders.is_empty() {
            Err(Refusal::Conflict(HeldAs::Borrow))
        } else {
            Ok(())
        }
    }

    /// Refuses while the object is held or lent.
    fn at_rest(&self) -> Result<(), Refusal> {
        self.unheld()?;
        match self.loan {
            LoanState::None => Ok(()),
            LoanState::Shared(_) | LoanState::Closing(_) => Err(Refusal::Conflict(HeldAs::Borrow)),
            LoanState::Offered(..) | LoanState::Taken(..) => Err(Refusal::Conflict(HeldAs::BorrowMut)),
        }
    }

    /// Returns whether no session holds the object, not even as a reader of a revoked loan.
    fn is_unclaimed(&self) -> bool {
        self.unheld().is_ok() && self.stale.is_empty()
    }

    /// Raises the object's counter, and returns the counter's new value. Refused if the counter is used up. A rule
    /// calls this after its other checks, so that a refused command uses up no number.
    fn next_epoch(&mut self) -> Result<Epoch, Refusal> {
        if self.last >= LAST_EPOCH {
            return Err(Refusal::Exhausted);
        }
        self.last.0 += 1;
        Ok(self.last)
    }

    /// Notes that the owner is gone. No borrow is granted any more, and the object goes with its last holder.
    fn doom(&mut self) {
        self.owner = Owner::None;
        self.life = Life::Doomed;
        self.timed = false;
    }
}
