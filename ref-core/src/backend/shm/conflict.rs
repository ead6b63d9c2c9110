//! Why a command is refused: another session is in the way, or the caller is not the owner.

use super::denied::Denied;
use super::errors::damaged;
use super::record::{Mode, OwnerKind, OwnerWord, Record, State};
use super::session::Shm;
use crate::error::{HeldAs, Result};
use crate::ledger::Refusal;

impl Shm {
    /// Refuses whoever does not own the object.
    pub(super) fn check_owner(&self, record: Record<'_>) -> Result<(), Denied> {
        let owner = record.owner();
        if owner.is_slot(self.me) { Ok(()) } else { Err(self.not_owner(owner, record)) }
    }

    /// Why an object with that owner is not to be had by its key.
    pub(super) fn not_owner(&self, owner: OwnerWord, record: Record<'_>) -> Denied {
        match owner.kind() {
            OwnerKind::Slot => Denied::By(Refusal::Conflict(HeldAs::Owner), vec![self.holder(owner.slot(), record)]),
            OwnerKind::Transit => Refusal::Conflict(HeldAs::InTransit).into(),
            OwnerKind::Detached => Refusal::Conflict(HeldAs::Detached).into(),
            OwnerKind::Published => Refusal::Conflict(HeldAs::Published).into(),
            OwnerKind::None => Refusal::Gone.into(),
        }
    }

    /// The conflict that the record is in now.
    pub(super) fn conflict(&self, record: Record<'_>) -> Denied {
        let state = record.state();
        match state.mode() {
            Some(Mode::Exclusive | Mode::Publishing | Mode::Pending | Mode::Adopting) => {
                Denied::By(Refusal::Conflict(HeldAs::BorrowMut), vec![self.holder(state.slot(), record)])
            }
            Some(Mode::Offered | Mode::Taken | Mode::Died) => Refusal::Conflict(HeldAs::BorrowMut).into(),
            Some(Mode::Shared | Mode::Closing | Mode::Idle | Mode::Open) => {
                let readers = self.shared.reader_slots(record).map(|slot| self.holder(slot, record)).collect();
                Denied::By(Refusal::Conflict(HeldAs::Borrow), readers)
            }
            _ => Refusal::Gone.into(),
        }
    }

    pub(super) fn readers_conflict(&self, record: Record<'_>) -> Denied {
        let readers = self.shared.reader_slots(record).map(|slot| self.holder(slot, record)).collect();
        Denied::By(Refusal::Conflict(HeldAs::Borrow), readers)
    }

    /// Refuses to wait for the end of a moment that nobody is in.
    pub(super) fn check_slot_in_use(&self, record: Record<'_>, state: State) -> Result<()> {
        let nobody = !self.shared.is_in_use(state.slot()) && record.state() == state;
        if nobody { Err(damaged("the object's record names a session that does not exist")) } else { Ok(()) }
    }
}
