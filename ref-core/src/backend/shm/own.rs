//! The commands of an owner: put, send, claim, drop.

use super::clock::Deadline;
use super::content::NewBytes;
use super::denied::{CommandResult, Denied};
use super::record::Record;
use super::session::Shm;
use super::state::{Mode, OwnerKind, OwnerWord, State, next_seq};
use crate::backend::Caller;
use crate::error::{ErrorKind, Result};
use crate::id::{Epoch, ObjectId, Right};
use crate::ledger::{Refusal, Reply};
use crate::sync::{mutant, point};

impl Shm {
    /// Makes an object that this session owns. If the file system has no room, recovers dead sessions and drops objects
    /// that were not claimed in time, and tries once more if there were any.
    pub(super) fn make_object(&self, mut bytes: NewBytes<'_>, at: Caller) -> Result<(ObjectId, Epoch)> {
        match self.try_make_object(&mut bytes, at) {
            // Dead sessions, and objects that were not claimed, may take the room that is missing.
            Err(error) if error.kind() == ErrorKind::StoreFull && self.free_by_recovery()? => {
                self.try_make_object(&mut bytes, at)
            }
            made => made,
        }
    }

    /// Tries once to make an object: takes a record, writes the version, then stores the words.
    fn try_make_object(&self, bytes: &mut NewBytes<'_>, at: Caller) -> Result<(ObjectId, Epoch)> {
        self.reserve_bytes(bytes.length())?;
        let (record, init) = self.allocate(0)?;
        // An epoch is used once in a record, so no other version ever has this name.
        let version = Epoch(init.epoch());
        let unmade = Unmade { session: self, record, init };
        let cell = self.write_first(record, version, bytes)?;
        // The version is written, so the making goes on.
        std::mem::forget(unmade);
        point("put.written");
        self.init_record(record, init, (version, cell), OwnerWord::new(OwnerKind::Slot, self.me, 0), at);
        point("put.idle");
        self.inc_held();
        Ok((ObjectId { index: record.index, birth: init.epoch() }, version))
    }

    /// Drops this session's object, which its last holder reclaims.
    pub(super) fn drop_owner(&self, record: Record<'_>) -> CommandResult {
        self.check_owner(record)?;
        self.disown(record);
        self.dec_held();
        Ok(Reply::Done)
    }

    /// Makes this session's object lasting.
    pub(super) fn keep(&self, record: Record<'_>) -> CommandResult {
        self.check_owner(record)?;
        // A plain store: the owner word names this session (rule S in `slot`).
        record.set_owner(record.owner().with_lasting());
        Ok(Reply::Done)
    }

    /// Drops the object if it is in transit and its deadline has passed; a lasting object is detached instead. Returns
    /// whether the deadline has passed. This session claims the object first, so that no other session can claim it.
    pub(super) fn drop_expired_transit(&self, record: Record<'_>) -> bool {
        let owner = record.owner();
        if owner.kind() != OwnerKind::Transit {
            return false;
        }
        // The deadline may already be a later departure's. In that case the swap below fails.
        if !record.deadline().is_over() || mutant("transit without a deadline") {
            return false;
        }
        // If the object stays, a claim by the expired ticket finds the number after that of its departure.
        let mine = owner.to(OwnerKind::Slot, self.me).with_seq(owner.seq() + 1);
        if !record.swap_owner(owner, mine) {
            return false;
        }
        point("sweep.claimed");
        if mine.is_lasting() {
            self.shared.detach_lasting(record, mine);
        } else {
            self.disown(record);
        }
        true
    }

    /// Sends this session's object, which must not be lent. The object then has no owner until a session claims it with
    /// the ticket whose secret has the hash `right`. After the deadline, any session may drop it.
    pub(super) fn send(&self, record: Record<'_>, right: Right) -> CommandResult {
        self.check_owner(record)?;
        let owner = record.owner();
        if !record.state().is(Mode::Idle) {
            return Err(self.conflict(record));
        }
        let seq = if mutant("send under the same number") { owner.seq() } else { next_seq(owner.seq())? };
        // Ticket and deadline are stored before the swap, which publishes both together with the departure's number.
        record.set_ticket(right);
        record.set_deadline(Deadline::after(self.transit));
        point("send.ticket");
        if !record.swap_owner(owner, owner.to(OwnerKind::Transit, 0).with_seq(seq)) {
            return Err(Refusal::Gone.into());
        }
        point("send.sent");
        self.dec_held();
        Ok(Reply::Sent { seq })
    }

    /// Claims an object in transit with its ticket. Each departure of an object has another number `seq`, so the ticket
    /// of an earlier departure does not fit.
    pub(super) fn claim(&self, record: Record<'_>, seq: u64, right: Right, at: Caller) -> CommandResult {
        self.drop_expired_transit(record);
        let owner = record.owner();
        point("claim.looked");
        let fits = owner.kind() == OwnerKind::Transit
            && (owner.seq() == seq || mutant("claim any departure"))
            && record.ticket() == right;
        // At most one of several concurrent claims wins this swap.
        if fits && record.swap_owner(owner, owner.to(OwnerKind::Slot, self.me)) {
            self.note_borrow(record.index, at);
            point("claim.mine");
            self.inc_held();
            return Ok(Reply::Version(record.current()));
        }
        Err(self.not_claimed(record, seq))
    }

    /// Returns why the ticket of the departure `seq` cannot be claimed.
    fn not_claimed(&self, record: Record<'_>, seq: u64) -> Denied {
        let owner = record.owner();
        match owner.kind() {
            OwnerKind::None => Refusal::Gone.into(),
            OwnerKind::Transit if owner.seq() == seq => Refusal::Expired.into(),
            _ if seq.checked_add(1) == Some(owner.seq()) => Refusal::Expired.into(),
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

/// An object that is being made. The destructor undoes the making: after an error, or a panic of the code that fills
/// the version.
struct Unmade<'a> {
    session: &'a Shm,
    record: Record<'a>,
    init: State,
}

impl Drop for Unmade<'_> {
    fn drop(&mut self) {
        let Self { session, record, init } = *self;
        session.finish_record_later(session.shared.undo_init(record, init), record);
    }
}
