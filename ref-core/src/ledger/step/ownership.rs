//! Who owns the object, and how that changes hands.

use super::StepResult;
use crate::id::{Epoch, Right};
use crate::ledger::{LAST_SEQ, Life, LoanState, Object, Orphans, Owner, Refusal, Reply, SessionId};

impl Object {
    /// A new object belongs to whoever made it, and has a first version.
    pub(super) fn put(&mut self, me: SessionId) -> StepResult {
        if self.life != Life::Absent {
            return Err(self.owned_otherwise());
        }
        self.version = self.next_epoch()?;
        self.life = Life::Live;
        self.owner = Owner::Session(me);
        Ok(Reply::Version(self.version))
    }

    /// The owner writes a version only where nobody else can read or write, and only on top of the one that it
    /// knows: otherwise two histories would go on from one version.
    pub(super) fn owner_commit(&mut self, me: SessionId, base: Epoch) -> StepResult {
        self.owned_by(me)?;
        self.at_rest()?;
        if self.version != base {
            return Err(Refusal::Diverged);
        }
        self.version = self.next_epoch()?;
        Ok(Reply::Version(self.version))
    }

    /// The object goes with its owner, as soon as its last holder lets it.
    pub(super) fn drop_owner(&mut self, me: SessionId) -> StepResult {
        self.owned_by(me)?;
        self.doom();
        Ok(Reply::Done)
    }

    /// Ownership leaves for whoever shows `right` at this departure. Nothing that is lent may leave: its new
    /// owner would not know of the loan.
    pub(super) fn send(&mut self, me: SessionId, right: Right) -> StepResult {
        self.owned_by(me)?;
        self.at_rest()?;
        if self.seq >= LAST_SEQ {
            return Err(Refusal::Exhausted);
        }
        let seq = self.depart();
        self.owner = Owner::Transit { seq, right };
        Ok(Reply::Sent { seq })
    }

    /// One claimer, who may be the sender, gets the object of this departure. Whoever shows a ticket of a
    /// departure that is over comes too late.
    pub(super) fn claim(&mut self, me: SessionId, seq: u64, right: Right) -> StepResult {
        if self.owner == (Owner::Transit { seq, right }) {
            self.owner = Owner::Session(me);
            return Ok(Reply::Version(self.version));
        }
        match self.owner {
            Owner::None => Err(Refusal::Gone),
            Owner::Transit { seq: now, .. } if seq == now => Err(Refusal::Expired),
            _ if seq <= self.seq => Err(Refusal::AlreadyRedeemed),
            _ => Err(Refusal::Expired),
        }
    }

    /// The sweeper claims first and then drops as any owner would. Dooming what is in transit without the claim
    /// could doom an object that was claimed in between.
    pub(super) fn transit_expired(&mut self, me: SessionId, seq: u64) -> StepResult {
        match self.owner {
            Owner::Transit { seq: now, .. } if now == seq => {
                self.owner = Owner::Session(me);
                self.drop_owner(me)
            }
            _ => Err(self.misfit()),
        }
    }

    /// Nobody owns it any more: whoever has its key or name may use it. As with `send`, nothing lent may leave.
    pub(super) fn leave(&mut self, me: SessionId, owner: Owner) -> StepResult {
        self.owned_by(me)?;
        self.at_rest()?;
        self.owner = owner;
        Ok(Reply::Done)
    }

    /// One session becomes the owner of what nobody owns, when nobody borrows it.
    pub(super) fn adopt(&mut self, me: SessionId) -> StepResult {
        match self.owner {
            Owner::Detached | Owner::Published | Owner::Orphan { .. } => self.unheld()?,
            _ => return Err(self.owned_otherwise()),
        }
        self.owner = Owner::Session(me);
        Ok(Reply::Version(self.version))
    }

    /// What becomes of the object when its owner has died.
    pub(super) fn orphan(&mut self, orphans: Orphans) {
        match orphans {
            Orphans::Reclaim => self.doom(),
            Orphans::Adopt => {
                let seq = self.depart();
                self.owner = Owner::Orphan { seq };
                self.loan = LoanState::None;
            }
        }
    }

    /// Every departure has its own number, or a ticket of an earlier one would fit again.
    fn depart(&mut self) -> u64 {
        self.seq = self.seq.saturating_add(1);
        self.seq
    }
}
