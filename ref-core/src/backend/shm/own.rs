//! The owner's side: make, send, claim, drop; and finding a free record.

use super::clock::Deadline;
use super::denied::{CommandResult, Denied};
use super::record::{Mode, OwnerKind, OwnerWord, Record, next_seq};
use super::session::Shm;
use crate::backend::Place;
use crate::error::{ErrorKind, Result};
use crate::id::{Epoch, ObjectId, Right};
use crate::ledger::{Refusal, Reply};
use crate::sync::{mutant, point};

impl Shm {
    pub(super) fn make_object(&self, bytes: &[u8], at: Place) -> Result<(ObjectId, Epoch)> {
        match self.try_make_object(bytes, at) {
            // What the dead hold may be all that is missing.
            Err(error) if error.kind() == ErrorKind::StoreFull && self.free_by_recovery()? => {
                self.try_make_object(bytes, at)
            }
            made => made,
        }
    }

    fn try_make_object(&self, bytes: &[u8], at: Place) -> Result<(ObjectId, Epoch)> {
        let (record, init) = self.allocate(0)?;
        let version = Epoch(init.epoch());
        if let Err(error) = self.shared.versions().write_first(record.index, version, bytes) {
            self.finish_record_later(self.shared.undo_init(record, init), record);
            return Err(error);
        }
        point("put.written");
        self.init_record(record, init, version, at);
        point("put.idle");
        self.inc_held();
        Ok((ObjectId { index: record.index, birth: init.epoch() }, version))
    }

    pub(super) fn drop_owner(&self, record: Record<'_>) -> CommandResult {
        self.check_owner(record)?;
        self.disown(record);
        self.dec_held();
        Ok(Reply::Done)
    }

    /// Drops an unclaimed object whose deadline has passed, by claiming it first, so that no other session can. Returns
    /// whether it did.
    pub(super) fn drop_expired_transit(&self, record: Record<'_>) -> bool {
        let owner = record.owner();
        if owner.kind() != OwnerKind::Transit {
            return false;
        }
        if !record.deadline().is_over() || mutant("transit without a deadline") {
            return false;
        }
        if !record.swap_owner(owner, OwnerWord::new(OwnerKind::Slot, self.me, owner.seq())) {
            return false;
        }
        point("sweep.claimed");
        self.disown(record);
        true
    }

    pub(super) fn send(&self, record: Record<'_>, right: Right) -> CommandResult {
        self.check_owner(record)?;
        let owner = record.owner();
        if !record.state().is(Mode::Idle) {
            return Err(self.conflict(record));
        }
        let seq = if mutant("send under the same number") { owner.seq() } else { next_seq(owner.seq())? };
        record.set_ticket(right);
        record.set_deadline(Deadline::after(self.transit));
        point("send.ticket");
        if !record.swap_owner(owner, OwnerWord::new(OwnerKind::Transit, 0, seq)) {
            return Err(Refusal::Gone.into());
        }
        point("send.sent");
        self.dec_held();
        Ok(Reply::Sent { seq })
    }

    /// Claims exactly the transit that the ticket was made for: a later one of the same object has another number.
    pub(super) fn claim(&self, record: Record<'_>, seq: u64, right: Right, at: Place) -> CommandResult {
        self.drop_expired_transit(record);
        let owner = record.owner();
        point("claim.looked");
        let fits = owner.kind() == OwnerKind::Transit
            && (owner.seq() == seq || mutant("claim any departure"))
            && record.ticket() == right;
        let mine = OwnerWord::new(OwnerKind::Slot, self.me, seq);
        if fits && record.swap_owner(owner, mine) {
            self.note_borrow(record.index, at);
            point("claim.mine");
            self.inc_held();
            return Ok(Reply::Version(record.current()));
        }
        Err(self.not_claimed(record, seq))
    }

    fn not_claimed(&self, record: Record<'_>, seq: u64) -> Denied {
        let owner = record.owner();
        match owner.kind() {
            OwnerKind::None => Refusal::Gone.into(),
            OwnerKind::Transit if owner.seq() == seq => Refusal::Expired.into(),
            OwnerKind::Slot if owner.seq() >= seq => {
                Denied::By(Refusal::AlreadyRedeemed, vec![self.holder(owner.slot(), record)])
            }
            OwnerKind::Transit | OwnerKind::Detached | OwnerKind::Published if owner.seq() >= seq => {
                Refusal::AlreadyRedeemed.into()
            }
            _ => Refusal::Expired.into(),
        }
    }
}
