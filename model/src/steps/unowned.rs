//! The steps of the commands on objects without an owner, and of detaching.

use super::turn::{Done, Turn};
use crate::state::{At, Lease, Publication};
use crate::words::{Mode, OwnerKind, Record, StateWord};

impl Turn<'_> {
    pub(super) fn unowned(&mut self, at: At) -> Option<Done> {
        self.detach(at)
            .or_else(|| self.share(at))
            .or_else(|| self.reserve(at))
            .or_else(|| self.adopt(at))
            .or_else(|| self.evict(at))
            .or_else(|| self.detach_lasting(at))
    }

    fn detach(&mut self, at: At) -> Option<Done> {
        Some(match at {
            At::Detach => {
                let state = self.record().state;
                if !self.is_owner() || state.mode != Mode::Idle {
                    return Some(self.back());
                }
                self.swap_state(state, state.to(Mode::Open, 0, state.epoch));
                self.goto(At::LeaveOpen)
            }
            At::LeaveOpen => {
                let owner = self.record().owner;
                self.record().owner = owner.to(OwnerKind::Detached, 0);
                // From this store on another process may be the owner.
                self.process().owned = None;
                self.goto(At::LeaveKind)
            }
            At::LeaveKind => {
                self.state.issued.key = self.memory().object;
                self.back()
            }
            _ => return None,
        })
    }

    /// Detaches a lasting object without its owner, whose word is in the memory, and opens it before that. Opens it
    /// afterwards too, if a writer has left it for its former owner meanwhile.
    fn detach_lasting(&mut self, at: At) -> Option<Done> {
        let saw = self.memory().saw;
        Some(match at {
            At::DetachLasting => self.change(At::LastingOpen, open_at_rest),
            At::LastingOpen => {
                let owner = self.memory().owner;
                self.swap_owner(owner, owner.to(OwnerKind::Detached, 0));
                self.goto(At::LastingDetached)
            }
            At::LastingDetached => {
                self.memory().saw = self.record().state;
                self.goto(At::LastingLooked)
            }
            At::LastingLooked if self.opens_late() => self.goto(At::OpenLate),
            At::LastingLooked => self.back(),
            At::OpenLate => {
                self.swap_state(saw, saw.to(Mode::Open, 0, saw.epoch));
                self.back()
            }
            _ => return None,
        })
    }

    /// Returns whether the object is detached, and the state that was seen does not say so yet.
    fn opens_late(&mut self) -> bool {
        let saw = self.memory().saw;
        let is_lent = saw.mode.at_rest() && saw.mode != Mode::Open && !saw.doom;
        is_lent && self.is_open()
    }

    /// Does one step of what comes before a command on a detached object. These steps load the state, and wait until no
    /// other process is adopting the object. They check that the record is still the object's, and that the object is
    /// detached, neither written nor reserved, and not doomed. Returns `None` if a check fails.
    fn state_after_adoption(&mut self, now: At, stable: At, is_open: At, looked: At) -> Option<Done> {
        let at = self.process().at();
        let saw = self.memory().saw;
        Some(if at == now {
            self.memory().saw = self.record().state;
            self.goto(stable)
        } else if at == stable {
            match () {
                () if !self.is_same() => return None,
                () if self.opens_late() => self.call(At::OpenLate, now),
                () if saw.mode == Mode::Adopting && self.record().state == saw => Done::Waits,
                () if saw.mode == Mode::Adopting => self.goto(now),
                () => self.goto(is_open),
            }
        } else {
            match self.is_open() && saw.mode == Mode::Open && !saw.doom {
                true => self.goto(looked),
                false => return None,
            }
        })
    }

    fn share(&mut self, at: At) -> Option<Done> {
        let saw = self.memory().saw;
        Some(match at {
            At::Share | At::ShareStable | At::ShareOpen => {
                let went = self.state_after_adoption(At::Share, At::ShareStable, At::ShareOpen, At::ShareLooked);
                went.unwrap_or_else(|| self.back())
            }
            At::ShareLooked => self.set_bit(At::ShareBit),
            At::ShareBit => {
                let now = self.record().state;
                let fits = now.mode == Mode::Open && !now.doom && now.epoch == saw.epoch;
                if !fits && !self.mutant("redeem without a second look") {
                    return Some(self.call(At::Return, At::ShareAgain));
                }
                let live = self.is_same() && !now.doom;
                self.state.require("I6: doomed grants nothing", live);
                self.grant_shared(At::ShareGranted)
            }
            At::ShareAgain => self.goto(At::Share),
            At::ShareGranted => self.read_current(),
            _ => return None,
        })
    }

    fn reserve(&mut self, at: At) -> Option<Done> {
        let (me, saw) = (self.me, self.memory().saw);
        let (state, object) = (self.record().state, self.memory().object);
        Some(match at {
            At::Reserve | At::ReserveStable | At::ReserveOpen => {
                let went =
                    self.state_after_adoption(At::Reserve, At::ReserveStable, At::ReserveOpen, At::ReserveLooked);
                went.unwrap_or_else(|| self.back())
            }
            At::ReserveLooked => match self.swap_state(saw, StateWord::new(Mode::Pending, me, saw.epoch + 1)) {
                true => self.goto(At::ReservePending),
                false => self.goto(At::Reserve),
            },
            At::ReservePending => {
                self.process().reserved = Some(Lease { object, token: saw.epoch + 1, ..Lease::default() });
                self.back()
            }
            At::Grant if state.mode != Mode::Pending || usize::from(state.slot) != me => {
                self.process().reserved = None;
                self.back()
            }
            At::Grant if state.doom => {
                self.process().reserved = None;
                self.memory().publication =
                    Publication { slot: me as u8, version: state.epoch, ..Publication::default() };
                self.call(At::EndWriter, At::GrantDoomed)
            }
            At::Grant => {
                self.memory().saw = state;
                self.goto(At::GrantFenced)
            }
            At::GrantDoomed => self.goto(At::Reclaim),
            At::GrantFenced if self.record().readers != 0 => self.back(),
            At::GrantFenced => self.goto(At::GrantUnread),
            At::GrantUnread if self.swap_state(saw, saw.to(Mode::Exclusive, me, saw.epoch)) => {
                self.process().reserved = None;
                self.process().exclusive = Some(Lease { object, token: saw.epoch, ..Lease::default() });
                self.goto(At::GrantGranted)
            }
            // The object was doomed in between.
            At::GrantUnread => self.goto(At::Grant),
            At::GrantGranted => {
                let version = self.record().current;
                if let Some(lease) = &mut self.process().exclusive {
                    lease.version = version;
                }
                self.back()
            }
            _ => return None,
        })
    }

    fn adopt(&mut self, at: At) -> Option<Done> {
        let (me, saw) = (self.me, self.memory().saw);
        Some(match at {
            At::Adopt | At::AdoptStable | At::AdoptOpen => {
                let went = self.state_after_adoption(At::Adopt, At::AdoptStable, At::AdoptOpen, At::AdoptLooked);
                went.unwrap_or_else(|| self.back())
            }
            At::AdoptLooked => self.begin_adoption(saw, At::AdoptBegun, At::Adopt),
            At::AdoptBegun => {
                self.memory().owner = self.record().owner;
                self.goto(At::AdoptOwner)
            }
            At::AdoptOwner if self.record().readers != 0 => self.goto(At::AdoptBack),
            At::AdoptOwner => self.goto(At::AdoptUnread),
            At::AdoptBack => {
                self.swap_state(saw, saw.to(Mode::Open, 0, saw.epoch));
                self.back()
            }
            At::AdoptUnread => {
                let owner = self.memory().owner;
                self.record().owner = owner.to(OwnerKind::Slot, me);
                self.goto(At::AdoptMine)
            }
            At::AdoptMine => {
                self.swap_state(saw, StateWord::new(Mode::Idle, 0, saw.epoch));
                self.goto(At::AdoptIdle)
            }
            At::AdoptIdle => {
                let (object, version) = (self.memory().object, self.record().current);
                self.become_owner(object, version, false);
                self.back()
            }
            _ => return None,
        })
    }

    fn begin_adoption(&mut self, saw: StateWord, adopting: At, again: At) -> Done {
        let me = self.me;
        let adopting_word = StateWord::new(Mode::Adopting, me, saw.epoch + 1);
        if !self.swap_state(saw, adopting_word) {
            return self.goto(again);
        }
        self.memory().saw = adopting_word;
        self.goto(adopting)
    }

    /// Evicts by one swap from the loaded state. If the state has changed since the load, loads the state again.
    fn evict(&mut self, at: At) -> Option<Done> {
        let (saw, now) = (self.memory().saw, self.record().state);
        Some(match at {
            At::Evict => {
                self.memory().saw = now;
                self.goto(At::EvictStable)
            }
            At::EvictStable => match () {
                () if !self.is_same() => self.back(),
                () if self.opens_late() => self.call(At::OpenLate, At::Evict),
                () if saw.mode == Mode::Adopting && now == saw => Done::Waits,
                () if saw.mode == Mode::Adopting => self.goto(At::Evict),
                () => self.goto(At::EvictOpen),
            },
            At::EvictOpen if self.is_open() => self.goto(At::EvictLooked),
            At::EvictOpen => self.back(),
            At::EvictLooked if saw.doom => self.back(),
            At::EvictLooked if saw.mode == Mode::Open || is_written(saw) => {
                let seen = if self.mutant("evict in any state") { now } else { saw };
                let doomed = self.swap_state(seen, StateWord { doom: true, ..seen });
                self.goto(if doomed { At::EvictDoomed } else { At::Evict })
            }
            // If the state is the same, the object still has its owner. Otherwise the process loads the state again.
            At::EvictLooked if now == saw => self.back(),
            At::EvictLooked => self.goto(At::Evict),
            At::EvictDoomed => self.goto(At::Reclaim),
            _ => return None,
        })
    }
}

/// Opens the object, unless a process writes it or it is doomed.
fn open_at_rest(record: &mut Record) {
    if record.state.mode.at_rest() && !record.state.doom {
        record.state = record.state.to(Mode::Open, 0, record.state.epoch);
    }
}

fn is_written(state: StateWord) -> bool {
    matches!(state.mode, Mode::Pending | Mode::Exclusive | Mode::Publishing | Mode::Checkpointing)
}
