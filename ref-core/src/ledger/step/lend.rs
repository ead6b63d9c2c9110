//! What an owner lends, and how it gets it back.

use super::StepResult;
use crate::id::Right;
use crate::ledger::{LoanState, Object, Refusal, Reply, SessionId, Writer};

impl Object {
    /// Overlapping shared loans of one owner are one loan. A loan that is closing is followed by a new one,
    /// whose ticket the closed one's is not; its readers stay, and hold the new one too.
    pub(super) fn open_shared(&mut self, me: SessionId) -> StepResult {
        self.owned_by(me)?;
        match self.loan {
            LoanState::Shared(epoch) => return Ok(Reply::Opened(epoch)),
            LoanState::Closing(_) if self.writer == Writer::None => {}
            _ => self.at_rest()?,
        }
        let epoch = self.next_epoch()?;
        self.loan = LoanState::Shared(epoch);
        Ok(Reply::Opened(epoch))
    }

    /// One exclusive loan, beside no other.
    pub(super) fn open_exclusive(&mut self, me: SessionId, right: Right) -> StepResult {
        self.owned_by(me)?;
        self.at_rest()?;
        self.offer(right)
    }

    /// A new ticket for an exclusive loan that nobody holds, say since its borrower died. The old ticket is void.
    pub(super) fn reissue(&mut self, me: SessionId, right: Right) -> StepResult {
        self.owned_by(me)?;
        match self.loan {
            LoanState::Offered(..) | LoanState::Taken(..) => self.unheld()?,
            _ => return Err(Refusal::Expired),
        }
        self.offer(right)
    }

    fn offer(&mut self, right: Right) -> StepResult {
        let epoch = self.next_epoch()?;
        self.loan = LoanState::Offered(epoch, right);
        Ok(Reply::Opened(epoch))
    }

    /// First nobody new may come, then nobody may be left. It never clears a loan that is held: whoever
    /// forgets an `End` that was refused has a closed loan, and not a free object.
    pub(super) fn end(&mut self, me: SessionId) -> StepResult {
        self.owned_by(me)?;
        let redeemed = !matches!(self.loan, LoanState::Offered(..));
        if let LoanState::Shared(epoch) = self.loan {
            self.loan = LoanState::Closing(epoch);
        }
        self.unheld()?;
        self.loan = LoanState::None;
        Ok(Reply::Ended { version: self.version, redeemed })
    }

    /// The loan is void at once. Its readers read on, and nobody waits for them; its writer's commit is refused.
    pub(super) fn revoke(&mut self, me: SessionId) -> StepResult {
        self.owned_by(me)?;
        self.next_epoch()?;
        self.loan = LoanState::None;
        self.stale.append(&mut self.holders);
        self.writer = Writer::None;
        Ok(Reply::Revoked { version: self.version, moved: None })
    }
}
