//! The steps that recover a dead process.

use super::turn::{Done, Turn};
use crate::state::{At, Liveness, Publication};
use crate::words::{Mode, OwnerKind, RECORDS, Record};

impl Turn<'_> {
    pub(super) fn recover(&mut self, at: At) -> Option<Done> {
        let dead = usize::from(self.memory().dead);
        Some(match at {
            At::Recover => {
                let nth = self.memory().nth;
                if usize::from(nth) == RECORDS {
                    return Some(self.goto(At::RecoverRecords));
                }
                self.memory().object.record = nth;
                if self.concerns(dead) { self.goto(At::RecoverWriter) } else { self.goto(At::RecoverNext) }
            }
            At::RecoverNext => {
                self.memory().nth += 1;
                self.goto(At::Recover)
            }
            At::RecoverWriter | At::RecoverLeaves => return Some(self.recover_writer(at, dead)),
            At::RecoverBit => self.change(At::RecoverBitCleared, |record| record.readers &= !(1 << dead)),
            At::RecoverBitCleared if !self.record().owner.is_slot(dead) => self.goto(At::RecoverReclaim),
            At::RecoverBitCleared if self.survives() => {
                self.memory().owner = self.record().owner;
                self.call(At::DetachLasting, At::RecoverReclaim)
            }
            At::RecoverBitCleared if self.mutant("recover the owner before the doom") => {
                self.change(At::RecoverOwner, |record| record.owner = record.owner.to(OwnerKind::None, 0))
            }
            At::RecoverBitCleared | At::RecoverOwner => {
                let (owner, doomed) = (self.record().owner, self.record().state.doom);
                self.state.require("I14: no death ends a lasting object", !owner.lasting || doomed);
                self.change(At::RecoverDoomed, |record| record.state.doom = true)
            }
            At::RecoverDoomed => {
                self.change(At::RecoverDisowned, |record| record.owner = record.owner.to(OwnerKind::None, 0))
            }
            At::RecoverDisowned => self.goto(At::RecoverReclaim),
            At::RecoverReclaim => self.call(At::Reclaim, At::RecoverNext),
            At::RecoverRecords if self.mutant("recover without emptying the stage") => self.goto(At::RecoverStage),
            At::RecoverRecords => self.goto(At::RecoverLost),
            // The whole stage is looked at in one step: no other process uses the names in it.
            At::RecoverLost => {
                for (record, staged) in self.state.records.iter_mut().zip(self.state.staged[dead]) {
                    record.files &= !(staged & !(1 << record.current));
                }
                self.goto(At::RecoverUnnamed)
            }
            At::RecoverUnnamed => {
                self.state.staged[dead] = [0; RECORDS];
                self.goto(At::RecoverStage)
            }
            At::RecoverStage => {
                // A process that has recovered its own slot is a new process in that slot, and stays alive.
                self.state.processes[dead].life = if dead == self.me { Liveness::Alive } else { Liveness::Empty };
                self.back()
            }
            _ => return None,
        })
    }

    /// Returns whether the object outlives its dead owner, which had not begun to drop it.
    fn survives(&mut self) -> bool {
        let Record { owner, state, .. } = *self.record();
        owner.lasting && !state.doom && !self.mutant("recover without the mark")
    }

    /// Returns whether the dead process may have left something in the record, or the object is doomed.
    fn concerns(&mut self, dead: usize) -> bool {
        let doomed_too = !self.mutant("recover only what the dead held");
        let record = *self.record();
        let moved_by_it = usize::from(record.state.slot) == dead && !record.state.mode.at_rest();
        let reads = record.readers & 1 << dead != 0;
        record.state.doom && doomed_too
            || moved_by_it && record.state.mode != Mode::Free
            || reads
            || record.owner.is_slot(dead)
    }

    fn recover_writer(&mut self, at: At, dead: usize) -> Done {
        let state = self.record().state;
        if at == At::RecoverLeaves {
            if self.mutant("recover without the writer") {
                return self.goto(At::RecoverBit);
            }
            self.memory().publication =
                Publication { slot: dead as u8, version: state.epoch, ..Publication::default() };
            return self.call(At::EndWriter, At::RecoverBit);
        }
        if usize::from(state.slot) != dead {
            return self.goto(At::RecoverBit);
        }
        self.memory().saw = state;
        let target = self.record().mode_after_writer();
        self.memory().publication = Publication { slot: dead as u8, version: state.epoch, target };
        match state.mode {
            Mode::Init => self.call(At::UndoInit, At::RecoverBit),
            Mode::Reclaiming => self.call(At::ReclaimTaken, At::RecoverBit),
            Mode::Publishing => self.call(At::Roll, At::RecoverBit),
            Mode::Checkpointing => {
                if target == Mode::Taken {
                    self.memory().publication.target = Mode::Died;
                }
                self.call(At::Roll, At::RecoverBit)
            }
            Mode::Exclusive | Mode::Pending | Mode::Adopting => self.goto(At::RecoverLeaves),
            _ => self.goto(At::RecoverBit),
        }
    }
}
