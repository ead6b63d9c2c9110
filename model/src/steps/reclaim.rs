//! The steps that reclaim a doomed object.

use super::turn::{Done, Turn};
use crate::state::At;
use crate::words::{Mode, OwnerKind, StateWord};

impl Turn<'_> {
    pub(super) fn reclaim(&mut self, at: At) -> Option<Done> {
        let saw = self.memory().saw;
        Some(match at {
            At::Reclaim => {
                let state = self.record().state;
                self.memory().saw = state;
                if state.doom && state.mode.at_rest() { self.goto(At::ReclaimDoomed) } else { self.back() }
            }
            At::ReclaimDoomed => {
                let owned = matches!(self.record().owner.kind, OwnerKind::Slot | OwnerKind::Transit);
                let disowned = !owned || self.mutant("reclaim before it is disowned");
                if disowned { self.goto(At::ReclaimDisowned) } else { self.back() }
            }
            At::ReclaimDisowned if self.record().readers != 0 && !self.mutant("reclaim what is read") => self.back(),
            At::ReclaimDisowned => self.goto(At::ReclaimUnread),
            At::ReclaimUnread => {
                let slot = self.acts_for();
                let reclaiming = StateWord::new(Mode::Reclaiming, slot, saw.epoch + 1);
                if !self.swap_state(saw, reclaiming) {
                    return Some(self.back());
                }
                self.memory().saw = reclaiming;
                self.goto(At::ReclaimTaken)
            }
            At::ReclaimTaken => self.change(At::ReclaimCurrent, |record| record.unlink(record.current)),
            At::ReclaimCurrent => self.change(At::ReclaimRemoved, |record| record.unlink(record.prev)),
            At::ReclaimRemoved => self.change(At::ClearBirth, |record| record.birth = 0),
            At::ClearBirth => self.change(At::ClearOwner, |record| record.owner = record.owner.to(OwnerKind::None, 0)),
            At::ClearOwner => self.change(At::ClearTicket, |record| record.ticket = 0),
            At::ClearTicket => self.change(At::ClearPrev, |record| record.prev = 0),
            At::ClearPrev => self.change(At::ReclaimCleared, |record| record.current = 0),
            At::ReclaimCleared => {
                let epoch = if self.mutant("reuse epochs") { 0 } else { saw.epoch };
                self.swap_state(saw, StateWord::new(Mode::Free, 0, epoch));
                self.back()
            }
            _ => return None,
        })
    }

    /// Returns the slot that the process acts for: the dead process's slot during a recovery, otherwise its own.
    fn acts_for(&mut self) -> usize {
        match self.process().stack[0] {
            At::RecoverReclaim | At::RecoverNext => usize::from(self.memory().dead),
            _ => self.me,
        }
    }
}
