//! Why a command is refused: another session is in the way, or the caller is not the owner.

use super::denied::Denied;
use super::errors::damaged;
use super::record::Record;
use super::session::Shm;
use super::state::{Mode, OwnerKind, OwnerWord, State};
use crate::error::{HeldAs, Result};
use crate::ledger::Refusal;

impl Shm {
    /// Refuses a command of an owner if this session is not the owner of the record's object.
    pub(super) fn check_owner(&self, record: Record<'_>) -> Result<(), Denied> {
        let owner = record.owner();
        if owner.is_slot(self.me) { Ok(()) } else { Err(self.not_owner(owner, record)) }
    }

    /// Returns the refusal of a command to which this owner word does not fit.
    pub(super) fn not_owner(&self, owner: OwnerWord, record: Record<'_>) -> Denied {
        match owner.kind() {
            OwnerKind::Slot => Denied::By(Refusal::Conflict(HeldAs::Owner), vec![self.holder(owner.slot(), record)]),
            OwnerKind::Transit => Refusal::Conflict(HeldAs::InTransit).into(),
            OwnerKind::Detached => Refusal::Conflict(HeldAs::Detached).into(),
            OwnerKind::Published => Refusal::Conflict(HeldAs::Published).into(),
            OwnerKind::None => Refusal::Gone.into(),
        }
    }

    /// Returns the conflict that the record's state shows now, with the sessions in the way as far as they are known.
    /// Returns `Gone` if the record has no object. The command was refused because of an earlier state, which may have
    /// changed since.
    pub(super) fn conflict(&self, record: Record<'_>) -> Denied {
        let state = record.state();
        match state.mode() {
            Some(Mode::Exclusive | Mode::Publishing | Mode::Checkpointing | Mode::Pending | Mode::Adopting) => {
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

    /// Returns the conflict with the sessions that read the record's object now.
    pub(super) fn readers_conflict(&self, record: Record<'_>) -> Denied {
        let readers = self.shared.reader_slots(record).map(|slot| self.holder(slot, record)).collect();
        Denied::By(Refusal::Conflict(HeldAs::Borrow), readers)
    }

    /// Fails with `Corrupt` if the slot that `state` names is not in use and the record still has this state: then the
    /// state word is damaged.
    pub(super) fn check_slot_in_use(&self, record: Record<'_>, state: State) -> Result<()> {
        let is_unused = !self.shared.is_in_use(state.slot()) && record.state() == state;
        if is_unused { Err(damaged("the object's record names a session that does not exist")) } else { Ok(()) }
    }
}
