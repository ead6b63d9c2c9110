//! The steps that allocate a free record and give it to an object, and the steps that undo this.

use super::turn::{Done, Turn};
use crate::state::At;
use crate::words::{Mode, OwnerKind, StateWord};

impl Turn<'_> {
    /// Takes a free record for this process, at an epoch above the record's own and above `floor`. Returns whether a
    /// record was free. With a `floor` of 0 the record is for a new object, otherwise for a moved one.
    pub(super) fn take_free(&mut self, floor: u8) -> bool {
        let me = self.me;
        let free = self.state.records.iter().position(|record| record.state.mode == Mode::Free);
        let Some(nth) = free else { return false };
        let record = &mut self.state.records[nth];
        let init = StateWord::new(Mode::Init, me, record.state.epoch.max(floor) + 1);
        record.state = init;
        let memory = self.memory();
        memory.saw = init;
        if floor == 0 {
            memory.object.record = nth as u8;
        } else {
            memory.new = nth as u8;
        }
        true
    }

    pub(super) fn set_birth(&mut self, then: At) -> Done {
        let birth = self.memory().saw.epoch;
        self.record().birth = birth;
        self.goto(then)
    }

    pub(super) fn set_owner(&mut self, then: At) -> Done {
        let (me, owner) = (self.me, self.record().owner);
        self.record().owner = owner.to(OwnerKind::Slot, me);
        self.goto(then)
    }

    pub(super) fn undo_init(&mut self, at: At) -> Option<Done> {
        let saw = self.memory().saw;
        Some(match at {
            At::UndoInit => self.change(At::UndoInitRemoved, |record| record.unlink(saw.epoch)),
            At::UndoInitRemoved => self.change(At::UndoInitBirth, |record| record.birth = 0),
            At::UndoInitBirth => {
                self.change(At::UndoInitOwner, |record| record.owner = record.owner.to(OwnerKind::None, 0))
            }
            At::UndoInitOwner => self.change(At::UndoInitTicket, |record| record.ticket = 0),
            At::UndoInitTicket => self.change(At::UndoInitPrev, |record| record.prev = 0),
            At::UndoInitPrev => self.change(At::UndoInitCleared, |record| record.current = 0),
            At::UndoInitCleared => {
                self.swap_state(saw, StateWord::new(Mode::Free, 0, saw.epoch));
                self.back()
            }
            _ => return None,
        })
    }
}
