//! What a borrower may do with the object.

use super::StepResult;
use crate::id::{Epoch, Right};
use crate::ledger::{Life, LoanState, Object, Refusal, Reply, SessionId, Writer};

impl Object {
    /// Redeems a shared ticket, which fits its own loan while that loan is open. Any number of sessions may redeem the
    /// ticket.
    pub(super) fn redeem_shared(&mut self, me: SessionId, epoch: Epoch) -> StepResult {
        if self.life != Life::Live || self.loan != LoanState::Shared(epoch) {
            return Err(self.misfit());
        }
        self.holders.insert((me, Some(epoch)));
        Ok(Reply::Shared { version: self.version })
    }

    /// Redeems an exclusive ticket, which fits once. The borrow's fencing token is greater than every earlier epoch of
    /// the object.
    pub(super) fn redeem_exclusive(&mut self, me: SessionId, right: Right) -> StepResult {
        match self.loan {
            LoanState::Offered(epoch, offered) if offered == right => {
                let token = self.next_epoch()?;
                self.writer = Writer::Active(me, token);
                self.loan = LoanState::Taken(epoch, right);
                Ok(Reply::Exclusive { token, version: self.version })
            }
            LoanState::Taken(_, taken) if taken == right => Err(Refusal::AlreadyRedeemed),
            _ => Err(self.misfit()),
        }
    }

    /// Gives back this session's shared borrow of the loan, whether the loan was revoked or not. Idempotent.
    pub(super) fn give_back(&mut self, me: SessionId, loan: Option<Epoch>) -> StepResult {
        self.holders.remove(&(me, loan));
        self.stale.remove(&(me, loan));
        Ok(Reply::Done)
    }

    /// Gives back an exclusive borrow, or the reservation of one. Idempotent.
    pub(super) fn abort(&mut self, me: SessionId, token: Epoch) -> StepResult {
        if matches!(self.writer, Writer::Active(s, t) | Writer::Pending(s, t) if (s, t) == (me, token)) {
            self.writer = Writer::None;
        }
        Ok(Reply::Done)
    }

    /// Commits for the writer that has this token, if the object is live. If the object is doomed, ends the borrow and
    /// refuses with `Gone`. A retry of the last commit has the same result again (idempotent retry). Any other session
    /// or token is refused with `Fenced`.
    pub(super) fn commit(&mut self, me: SessionId, token: Epoch) -> StepResult {
        if self.writer != Writer::Active(me, token) {
            let before = self.committed == Some((me, token));
            return if before { Ok(Reply::Version(token)) } else { Err(Refusal::Fenced) };
        }
        self.writer = Writer::None;
        if self.life != Life::Live {
            return Err(Refusal::Gone); // The borrow is over nevertheless; the caller keeps its value.
        }
        self.version = token;
        self.committed = Some((me, token));
        Ok(Reply::Version(token))
    }

    /// Commits for the writer that has this token, as [`commit`](Self::commit) does, and leaves the borrow to the writer,
    /// with the next token. A retry of the last checkpoint has the same result again (idempotent retry).
    pub(super) fn checkpoint(&mut self, me: SessionId, token: Epoch) -> StepResult {
        let next = Epoch(token.0.saturating_add(1));
        if self.writer != Writer::Active(me, token) {
            let before = self.committed == Some((me, token)) && self.writer == Writer::Active(me, next);
            return if before && self.life == Life::Live {
                Ok(Reply::Exclusive { token: next, version: token })
            } else {
                Err(Refusal::Fenced)
            };
        }
        if self.life != Life::Live {
            self.writer = Writer::None;
            return Err(Refusal::Gone); // As in `commit`.
        }
        // While a session writes, no other command takes a number.
        let next = self.next_epoch()?;
        self.version = token;
        self.committed = Some((me, token));
        self.writer = Writer::Active(me, next);
        Ok(Reply::Exclusive { token: next, version: token })
    }
}
