//! Which session owns the object, and how ownership passes on.

use super::StepResult;
use crate::id::{Epoch, Right};
use crate::ledger::{LAST_SEQ, Life, LoanState, Object, Orphans, Owner, Refusal, Reply, SessionId};
use std::time::Duration;

impl Object {
    /// Makes the object: the session owns it, and it has a first version.
    pub(super) fn put(&mut self, me: SessionId) -> StepResult {
        if self.life != Life::Absent {
            return Err(self.owned_otherwise());
        }
        self.version = self.next_epoch()?;
        self.life = Life::Live;
        self.owner = Owner::Session(me);
        Ok(Reply::Version(self.version))
    }

    /// Writes the owner's next version. Refused while the object is held or lent, and unless `base` is the current
    /// version: otherwise two histories would go on from one version.
    pub(super) fn owner_commit(&mut self, me: SessionId, base: Epoch) -> StepResult {
        self.owned_by(me)?;
        self.at_rest()?;
        if self.version != base {
            return Err(Refusal::Diverged);
        }
        self.version = self.next_epoch()?;
        Ok(Reply::Version(self.version))
    }

    /// Dooms the object: it goes as soon as its last holder does.
    pub(super) fn drop_owner(&mut self, me: SessionId) -> StepResult {
        self.owned_by(me)?;
        self.doom();
        Ok(Reply::Done)
    }

    /// Makes the object lasting. Idempotent.
    pub(super) fn keep(&mut self, me: SessionId) -> StepResult {
        self.owned_by(me)?;
        self.lasting = true;
        Ok(Reply::Done)
    }

    /// Puts the object in transit: the session that shows `right` for this departure becomes its owner. A lent object
    /// may not be sent: its new owner would not know of the loan.
    pub(super) fn send(&mut self, me: SessionId, right: Right) -> StepResult {
        self.owned_by(me)?;
        self.at_rest()?;
        if self.next_departure() >= LAST_SEQ {
            return Err(Refusal::Exhausted);
        }
        let seq = self.depart();
        self.owner = Owner::Transit { seq, right };
        Ok(Reply::Sent { seq })
    }

    /// Makes the session the owner, if `seq` and `right` are those of a departure that no session has claimed yet. The
    /// sender may claim the object too. The ticket of an earlier departure counts as redeemed.
    pub(super) fn claim(&mut self, me: SessionId, seq: u64, right: Right) -> StepResult {
        if self.owner == (Owner::Transit { seq, right }) {
            self.owner = Owner::Session(me);
            return Ok(Reply::Version(self.version));
        }
        match self.owner {
            Owner::None => Err(Refusal::Gone),
            Owner::Transit { seq: now, .. } if seq == now => Err(Refusal::Expired),
            _ if seq.checked_add(1) == Some(self.seq) => Err(Refusal::Expired),
            _ if seq <= self.seq => Err(Refusal::AlreadyRedeemed),
            _ => Err(Refusal::Expired),
        }
    }

    /// Claims the object and drops it as its owner would, or detaches it if it is lasting. Without the claim, the drop
    /// could doom an object that another session has claimed by then. The number of the departure is marked as that of an
    /// expired ticket: another session may have the object later, and would seem to have claimed it by that ticket.
    pub(super) fn transit_expired(&mut self, me: SessionId, seq: u64) -> StepResult {
        match self.owner {
            Owner::Transit { seq: now, .. } if now == seq => {
                self.owner = Owner::Session(me);
                self.seq = seq + 1;
                if self.lasting { self.leave(me, Owner::Detached) } else { self.drop_owner(me) }
            }
            _ => Err(self.misfit()),
        }
    }

    /// Leaves the object without an owner: every session that has the key or name may use the object. Refused for a
    /// lent object, as `send` is. The object is lasting from then on.
    pub(super) fn leave(&mut self, me: SessionId, owner: Owner) -> StepResult {
        self.owned_by(me)?;
        self.at_rest()?;
        self.owner = owner;
        self.lasting = true;
        Ok(Reply::Done)
    }

    /// Detaches the object, which goes when its time is over.
    pub(super) fn leave_for_a_time(&mut self, me: SessionId) -> StepResult {
        let left = self.leave(me, Owner::Detached)?;
        self.timed = true;
        Ok(left)
    }

    /// Makes the session the owner of a detached object, or of an orphan. Refused while the object is borrowed. The
    /// object has no time any more.
    pub(super) fn adopt(&mut self, me: SessionId) -> StepResult {
        match self.owner {
            Owner::Detached | Owner::Orphan { .. } => self.unheld()?,
            _ => return Err(self.owned_otherwise()),
        }
        self.owner = Owner::Session(me);
        let version = self.version;
        let timed = std::mem::take(&mut self.timed);
        Ok(if timed { Reply::Adopted { version, left: Duration::ZERO } } else { Reply::Version(version) })
    }

    /// Takes the object from its dead owner: detaches a lasting object, and otherwise dooms the object or leaves it to
    /// be adopted. The object may be borrowed. A borrower keeps its borrow, and may commit.
    pub(super) fn orphan(&mut self, orphans: Orphans) {
        match orphans {
            _ if self.lasting => {
                self.owner = Owner::Detached;
                self.loan = LoanState::None;
            }
            Orphans::Reclaim => self.doom(),
            Orphans::Adopt => {
                let seq = self.depart();
                self.owner = Owner::Orphan { seq };
                self.loan = LoanState::None;
            }
        }
    }

    /// Counts a departure, and returns its number. No two departures have the same number, so the ticket of an earlier
    /// departure never fits again.
    fn depart(&mut self) -> u64 {
        self.seq = self.next_departure();
        self.seq
    }

    /// Returns the number of the next departure.
    pub(crate) fn next_departure(&self) -> u64 {
        self.seq.saturating_add(1) | 1
    }
}
