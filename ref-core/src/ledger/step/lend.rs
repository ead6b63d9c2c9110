//! What an owner lends, and how it gets it back.

use super::Answer;
use crate::id::Right;
use crate::ledger::{Loan, Object, Refusal, Reply, Session, Writer};

impl Object {
    /// Overlapping shared loans of one owner are one loan. A loan that is closing is followed by a new one,
    /// whose ticket the closed one's is not; its readers stay, and hold the new one too.
    pub(super) fn open_shared(&mut self, me: Session) -> Answer {
        self.owned_by(me)?;
        match self.loan {
            Loan::Shared(epoch) => return Ok(Reply::Opened(epoch)),
            Loan::Closing(_) if self.writer == Writer::None => {}
            _ => self.at_rest()?,
        }
        let epoch = self.count()?;
        self.loan = Loan::Shared(epoch);
        Ok(Reply::Opened(epoch))
    }

    /// One exclusive loan, beside no other.
    pub(super) fn open_exclusive(&mut self, me: Session, right: Right) -> Answer {
        self.owned_by(me)?;
        self.at_rest()?;
        self.offer(right)
    }

    /// A new ticket for an exclusive loan that nobody holds, say since its borrower died. The old ticket is void.
    pub(super) fn reissue(&mut self, me: Session, right: Right) -> Answer {
        self.owned_by(me)?;
        match self.loan {
            Loan::Offered(..) | Loan::Taken(..) => self.unheld()?,
            _ => return Err(Refusal::Expired),
        }
        self.offer(right)
    }

    fn offer(&mut self, right: Right) -> Answer {
        let epoch = self.count()?;
        self.loan = Loan::Offered(epoch, right);
        Ok(Reply::Opened(epoch))
    }

    /// First nobody new may come, then nobody may be left. It never clears a loan that is held: whoever
    /// forgets an `End` that was refused has a closed loan, and not a free object.
    pub(super) fn end(&mut self, me: Session) -> Answer {
        self.owned_by(me)?;
        let redeemed = !matches!(self.loan, Loan::Offered(..));
        if let Loan::Shared(epoch) = self.loan {
            self.loan = Loan::Closing(epoch);
        }
        self.unheld()?;
        self.loan = Loan::None;
        Ok(Reply::Ended { version: self.version, redeemed })
    }

    /// The loan is void at once. Its readers read on, and nobody waits for them; its writer's commit is refused.
    pub(super) fn revoke(&mut self, me: Session) -> Answer {
        self.owned_by(me)?;
        self.count()?;
        self.loan = Loan::None;
        self.stale.append(&mut self.holders);
        self.writer = Writer::None;
        Ok(Reply::Revoked { version: self.version, moved: None })
    }
}
