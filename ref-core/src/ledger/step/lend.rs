//! What an owner lends, and how a loan ends.

use super::StepResult;
use crate::id::Right;
use crate::ledger::{LoanState, Object, Refusal, Reply, SessionId, Writer};

impl Object {
    /// Opens a shared loan, or joins the open one: overlapping shared loans of one owner are one loan. In the place of
    /// a closing loan, opens a new loan, which the old tickets do not fit. The readers of the closing loan stay, and
    /// count as holders of the new loan too.
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

    /// Opens an exclusive loan. Refused while there is any other loan.
    pub(super) fn open_exclusive(&mut self, me: SessionId, right: Right) -> StepResult {
        self.owned_by(me)?;
        self.at_rest()?;
        self.offer(right)
    }

    /// Makes a new ticket redeemable for an exclusive loan that is not held, for example since its borrower died. The
    /// old ticket is void.
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

    /// Ends the loan: first closes a shared loan to new borrowers, then looks for borrowers that are left. In a backend
    /// that does this in two steps, a look before the close could miss a borrower that comes in between. If borrowers
    /// are left, the command is refused and the loan stays: an owner that ignores the refusal still can neither change
    /// nor send the object.
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

    /// Makes the loan void at once. Its readers can go on reading, and no end of a loan waits for them. A later commit
    /// by its writer is refused (fenced).
    pub(super) fn revoke(&mut self, me: SessionId) -> StepResult {
        self.owned_by(me)?;
        self.next_epoch()?;
        self.loan = LoanState::None;
        self.stale.append(&mut self.holders);
        self.writer = Writer::None;
        Ok(Reply::Revoked { version: self.version, moved: None })
    }
}
