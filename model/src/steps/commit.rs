//! The steps of a commit, by a writer or by the owner, and of the end of an exclusive borrow or a reservation without a
//! commit.

use super::turn::{Done, Turn};
use crate::state::{At, Lease, Publication};
use crate::words::{Mode, StateWord};

impl Turn<'_> {
    pub(super) fn abort(&mut self, at: At) -> Option<Done> {
        Some(match at {
            At::Abort => {
                self.process().exclusive = None;
                self.process().reserved = None;
                let (me, token, state) = (self.me, self.memory().token, self.record().state);
                let mine = state.matches(Mode::Exclusive, me, token) || state.matches(Mode::Pending, me, token);
                if !mine || !self.is_same() {
                    return Some(self.back());
                }
                self.memory().publication = Publication { slot: me as u8, version: token, ..Publication::default() };
                self.call(At::EndWriter, At::AbortLeft)
            }
            At::AbortLeft => self.goto(At::Reclaim),
            _ => return None,
        })
    }

    pub(super) fn commit(&mut self, at: At) -> Option<Done> {
        let (me, token) = (self.me, self.memory().token);
        let state = self.record().state;
        let nth = usize::from(self.memory().object.record);
        Some(match at {
            At::Commit if self.is_same() => self.goto(At::CommitKnown),
            At::Commit => self.commit_refused(),
            At::CommitKnown if state.matches(Mode::Exclusive, me, token) => self.goto(At::CommitLooked),
            At::CommitKnown => self.goto(At::TooLate),
            At::CommitLooked => {
                self.state.staged[me][nth] |= 1 << token;
                self.goto(At::CommitStaged)
            }
            At::CommitStaged => {
                self.name_version(token);
                self.goto(At::CommitNamed)
            }
            At::CommitNamed => {
                let fits = state.matches(Mode::Exclusive, me, token) && !state.doom;
                if !fits && !self.mutant("commit by a plain store") {
                    return Some(self.goto(At::CommitLost));
                }
                let (lease, current, same) = (*self.lease(), self.record().current, self.is_same());
                self.state.require("I9: no commit of a loan after its revocation", !lease.revoked);
                self.state.require("I10: every commit goes on from the version before it", lease.version == current);
                self.state.require("I11: a commit is on a live object", same && !state.doom);
                let mode = if self.memory().keeps { Mode::Checkpointing } else { Mode::Publishing };
                self.record().state = state.to(mode, me, token);
                self.process().exclusive = None;
                self.goto(At::CommitSwapped)
            }
            At::CommitLost => {
                self.record().unlink(token);
                self.goto(At::CommitUnnamed)
            }
            At::CommitUnnamed => {
                self.state.staged[me][nth] &= !(1 << token);
                self.goto(At::TooLate)
            }
            At::TooLate if !state.matches(Mode::Exclusive, me, token) => self.commit_refused(),
            At::TooLate => {
                self.process().exclusive = None;
                self.memory().publication = Publication { slot: me as u8, version: token, ..Publication::default() };
                self.call(At::EndWriter, At::TooLateLeft)
            }
            At::TooLateLeft => self.goto(At::Reclaim),
            At::CommitSwapped => {
                let target = if self.memory().keeps { Mode::Exclusive } else { self.record().mode_after_writer() };
                self.memory().publication = Publication { slot: me as u8, version: token, target };
                self.call(At::Roll, At::Committed)
            }
            At::Committed => {
                // The program has the borrow again, under the next token, unless it was revoked meanwhile.
                if self.memory().keeps && state.matches(Mode::Exclusive, me, token + 1) {
                    let object = self.memory().object;
                    self.process().exclusive = Some(Lease { object, token: token + 1, version: token, revoked: false });
                }
                self.goto(At::Reclaim)
            }
            _ => return None,
        })
    }

    /// Takes the exclusive lease from the process whose commit is refused: the ledger has no such borrow any more. The
    /// program keeps the value, and may redeem another ticket.
    fn commit_refused(&mut self) -> Done {
        self.process().exclusive = None;
        self.back()
    }

    /// Commits a change of the owner.
    pub(super) fn write(&mut self, at: At) -> Option<Done> {
        let (me, saw, token) = (self.me, self.memory().saw, self.memory().token);
        let nth = usize::from(self.memory().object.record);
        Some(match at {
            At::Write => {
                let state = self.record().state;
                self.memory().saw = state;
                let base = self.process().owned.map(|owned| owned.base);
                let diverged = base != Some(self.record().current);
                if !self.is_owner() || state.mode != Mode::Idle || diverged {
                    return Some(self.back());
                }
                if self.mutant("flush without its token") {
                    self.memory().token = state.epoch + 1;
                    return Some(self.goto(At::WriteReserved));
                }
                self.goto(At::WriteReserve)
            }
            At::WriteReserve => {
                let reserved = saw.to(Mode::Idle, 0, saw.epoch + 1);
                if !self.swap_state(saw, reserved) {
                    return Some(self.back());
                }
                (self.memory().saw, self.memory().token) = (reserved, reserved.epoch);
                self.goto(At::WriteReserved)
            }
            At::WriteReserved => {
                self.state.staged[me][nth] |= 1 << token;
                self.goto(At::WriteStaged)
            }
            At::WriteStaged => {
                self.name_version(token);
                self.goto(At::WriteNamed)
            }
            At::WriteNamed => {
                self.record().ticket = 0;
                self.goto(At::WriteVoided)
            }
            At::WriteVoided => {
                let publishing = StateWord::new(Mode::Publishing, me, token);
                if !self.swap_state(saw, publishing) {
                    return Some(self.goto(At::WriteLost));
                }
                let (held, current) = (self.is_held(), self.record().current);
                let base = self.process().owned.map(|owned| owned.base);
                self.state.require("I1: the owner changes its value only while nobody borrows it", !held);
                self.state.require("I10: every commit goes on from the version before it", base == Some(current));
                self.goto(At::WriteSwapped)
            }
            At::WriteLost => {
                self.record().unlink(token);
                self.state.staged[me][nth] &= !(1 << (token));
                self.back()
            }
            At::WriteSwapped => {
                self.memory().publication = Publication { slot: me as u8, version: token, target: Mode::Idle };
                self.call(At::Roll, At::Written)
            }
            At::Written => {
                let version = self.memory().token;
                if let Some(owned) = &mut self.process().owned {
                    (owned.base, owned.loaded) = (version, true);
                }
                self.back()
            }
            _ => return None,
        })
    }

    pub(super) fn end_writer(&mut self, at: At) -> Option<Done> {
        Some(match at {
            At::EndWriter => {
                self.memory().publication.target = self.record().mode_after_writer();
                self.goto(At::EndWriterSwap)
            }
            At::EndWriterSwap => {
                let (Publication { slot, version, target }, state) = (self.memory().publication, self.record().state);
                let of_dead = self.process().stack[0] == At::RecoverBit;
                let modes = [Mode::Exclusive, Mode::Pending, Mode::Adopting];
                if modes.iter().any(|mode| state.matches(*mode, slot.into(), version)) {
                    let rest = if state.mode == Mode::Adopting { Mode::Open } else { target };
                    self.record().state = match rest {
                        Mode::Taken if of_dead => state.to(Mode::Died, slot.into(), version),
                        rest => state.to(rest, 0, version),
                    };
                }
                self.goto(At::EndWriterLeft)
            }
            At::EndWriterLeft => self.back(),
            _ => return None,
        })
    }

    pub(super) fn roll_forward(&mut self, at: At) -> Option<Done> {
        let Publication { slot, version, target } = self.memory().publication;
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
                if state.matches(Mode::Publishing, by, version) || state.matches(Mode::Checkpointing, by, version) {
                    self.record().state = match target {
                        Mode::Exclusive => state.to(target, by, version + 1),
                        Mode::Died => state.to(target, by, version),
                        target => state.to(target, 0, version),
                    };
                }
                self.back()
            }
            _ => return None,
        })
    }

    /// Gives a staged version its name.
    fn name_version(&mut self, version: u8) {
        let is_taken = self.record().has(version);
        self.state.require("I3: no two versions of a record have one name", !is_taken);
        self.record().write(version);
    }

    fn lease(&mut self) -> &mut Lease {
        self.process().exclusive.get_or_insert_default()
    }
}
