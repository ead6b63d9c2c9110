//! Reclaiming, leaving, completing, and recovering the dead.

use super::{Done, Turn};
use crate::state::{At, Life, Rolled};
use crate::words::{Kind, Mode, RECORDS, Record, Word};

impl Turn<'_> {
    pub(super) fn recover(&mut self, at: At) -> Option<Done> {
        self.reclaim(at)
            .or_else(|| self.unmake(at))
            .or_else(|| self.leave_writer(at))
            .or_else(|| self.roll_forward(at))
            .or_else(|| self.recover_dead(at))
    }

    /// For whom the process acts: for the dead, if it recovers one.
    fn acts_for(&mut self) -> usize {
        match self.process().stack[0] {
            At::RecoverReclaim | At::RecoverNext => usize::from(self.memory().dead),
            _ => self.me,
        }
    }

    fn reclaim(&mut self, at: At) -> Option<Done> {
        let saw = self.memory().saw;
        Some(match at {
            At::Reclaim => {
                let state = self.record().state;
                self.memory().saw = state;
                if state.doom && state.mode.at_rest() { self.goto(At::ReclaimDoomed) } else { self.back() }
            }
            At::ReclaimDoomed => {
                let owned = matches!(self.record().owner.kind, Kind::Slot | Kind::Transit);
                let disowned = !owned || self.mutant("reclaim before it is disowned");
                if disowned { self.goto(At::ReclaimDisowned) } else { self.back() }
            }
            At::ReclaimDisowned if self.record().readers != 0 && !self.mutant("reclaim what is read") => self.back(),
            At::ReclaimDisowned => self.goto(At::ReclaimUnread),
            At::ReclaimUnread => {
                let slot = self.acts_for();
                let reclaiming = Word::new(Mode::Reclaiming, slot, saw.epoch + 1);
                if !self.shift(saw, reclaiming) {
                    return Some(self.back());
                }
                self.memory().saw = reclaiming;
                self.goto(At::ReclaimTaken)
            }
            At::ReclaimTaken => self.change(At::ReclaimCurrent, |record| record.unlink(record.current)),
            At::ReclaimCurrent => self.change(At::ReclaimRemoved, |record| record.unlink(record.prev)),
            At::ReclaimRemoved => self.change(At::ClearBirth, |record| record.birth = 0),
            At::ClearBirth => self.change(At::ClearOwner, |record| record.owner = record.owner.to(Kind::None, 0)),
            At::ClearOwner => self.change(At::ClearTicket, |record| record.ticket = 0),
            At::ClearTicket => self.change(At::ClearPrev, |record| record.prev = 0),
            At::ClearPrev => self.change(At::ReclaimCleared, |record| record.current = 0),
            At::ReclaimCleared => {
                let epoch = if self.mutant("reuse epochs") { 0 } else { saw.epoch };
                self.shift(saw, Word::new(Mode::Free, 0, epoch));
                self.back()
            }
            _ => return None,
        })
    }

    fn change(&mut self, then: At, change: impl FnOnce(&mut Record)) -> Done {
        change(self.record());
        self.goto(then)
    }

    fn unmake(&mut self, at: At) -> Option<Done> {
        let saw = self.memory().saw;
        Some(match at {
            At::Unmake => self.change(At::UnmakeRemoved, |record| record.unlink(saw.epoch)),
            At::UnmakeRemoved => self.change(At::UnmakeBirth, |record| record.birth = 0),
            At::UnmakeBirth => self.change(At::UnmakeOwner, |record| record.owner = record.owner.to(Kind::None, 0)),
            At::UnmakeOwner => self.change(At::UnmakeTicket, |record| record.ticket = 0),
            At::UnmakeTicket => self.change(At::UnmakePrev, |record| record.prev = 0),
            At::UnmakePrev => self.change(At::UnmakeCleared, |record| record.current = 0),
            At::UnmakeCleared => {
                self.shift(saw, Word::new(Mode::Free, 0, saw.epoch));
                self.back()
            }
            _ => return None,
        })
    }

    fn leave_writer(&mut self, at: At) -> Option<Done> {
        Some(match at {
            At::LeaveWriter => {
                self.memory().rolled.target = self.record().at_rest_again();
                self.goto(At::LeaveSwap)
            }
            At::LeaveSwap => {
                let (Rolled { slot, version, target }, state) = (self.memory().rolled, self.record().state);
                let of_dead = self.process().stack[0] == At::RecoverBit;
                let modes = [Mode::Exclusive, Mode::Pending, Mode::Turning];
                if modes.iter().any(|mode| state.names(*mode, slot.into(), version)) {
                    let rest = if state.mode == Mode::Turning { Mode::Open } else { target };
                    self.record().state = match rest {
                        Mode::Taken if of_dead => state.to(Mode::Died, slot.into(), version),
                        rest => state.to(rest, 0, version),
                    };
                }
                self.goto(At::LeaveLeft)
            }
            At::LeaveLeft => self.back(),
            _ => return None,
        })
    }

    fn roll_forward(&mut self, at: At) -> Option<Done> {
        let Rolled { slot, version, target } = self.memory().rolled;
        let (nth, by) = (usize::from(self.memory().object.record), usize::from(slot));
        Some(match at {
            At::Roll if self.record().current != version => {
                self.change(At::RollPrev, |record| record.prev = record.current)
            }
            At::Roll => self.goto(At::RollCurrent),
            At::RollPrev => self.change(At::RollCurrent, |record| record.current = version),
            At::RollCurrent => self.change(At::RollRemoved, |record| {
                if record.prev != version {
                    record.unlink(record.prev);
                }
            }),
            At::RollRemoved => self.change(At::RollUnlinked, |record| record.prev = 0),
            At::RollUnlinked => {
                self.state.staged[by][nth] &= !(1 << version);
                self.goto(At::RollUnstaged)
            }
            At::RollUnstaged => {
                let state = self.record().state;
                if state.names(Mode::Publishing, by, version) {
                    self.record().state = state.to(target, 0, version);
                }
                self.back()
            }
            _ => return None,
        })
    }

    fn recover_dead(&mut self, at: At) -> Option<Done> {
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
            At::RecoverBitCleared if self.mutant("recover the owner before the doom") => {
                self.change(At::RecoverOwner, |record| record.owner = record.owner.to(Kind::None, 0))
            }
            At::RecoverBitCleared | At::RecoverOwner => {
                self.change(At::RecoverDoomed, |record| record.state.doom = true)
            }
            At::RecoverDoomed => {
                self.change(At::RecoverDisowned, |record| record.owner = record.owner.to(Kind::None, 0))
            }
            At::RecoverDisowned => self.goto(At::RecoverReclaim),
            At::RecoverReclaim => self.call(At::Reclaim, At::RecoverNext),
            At::RecoverRecords if self.mutant("recover without emptying the stage") => self.goto(At::RecoverStage),
            At::RecoverRecords => self.goto(At::RecoverLost),
            // All of the stage at once: no other process goes to its names.
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
                // Its own slot is now the newcomer's.
                self.state.processes[dead].life = if dead == self.me { Life::Alive } else { Life::Empty };
                self.back()
            }
            _ => return None,
        })
    }

    /// Whether the dead may have left something in the record.
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
            self.memory().rolled = Rolled { slot: dead as u8, version: state.epoch, ..Rolled::default() };
            return self.call(At::LeaveWriter, At::RecoverBit);
        }
        if usize::from(state.slot) != dead {
            return self.goto(At::RecoverBit);
        }
        self.memory().saw = state;
        let target = self.record().at_rest_again();
        self.memory().rolled = Rolled { slot: dead as u8, version: state.epoch, target };
        match state.mode {
            Mode::Init => self.call(At::Unmake, At::RecoverBit),
            Mode::Reclaiming => self.call(At::ReclaimTaken, At::RecoverBit),
            Mode::Publishing => self.call(At::Roll, At::RecoverBit),
            Mode::Exclusive | Mode::Pending | Mode::Turning => self.goto(At::RecoverLeaves),
            _ => self.goto(At::RecoverBit),
        }
    }
}
