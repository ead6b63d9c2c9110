//! The steps of an owner: put, drop, send, claim and sweep.

use super::turn::{Done, Turn};
use crate::state::{At, Id, IssuedTickets, Ticket};
use crate::words::{Mode, OwnerKind, OwnerWord, StateWord};

/// The secrets of departures begin above this number. The secrets of offers are epochs, which are smaller.
const DEPARTURES: u8 = 100;

impl Turn<'_> {
    pub(super) fn own(&mut self, at: At) -> Option<Done> {
        Some(match at {
            At::Put => match self.take_free(0) {
                true => self.goto(At::PutTaken),
                false => self.back(),
            },
            At::PutTaken => {
                let version = self.memory().saw.epoch;
                self.record().write(version);
                self.goto(At::PutWritten)
            }
            At::PutWritten => self.set_birth(At::PutBirth),
            At::PutBirth => {
                let version = self.memory().saw.epoch;
                self.record().current = version;
                self.goto(At::PutCurrent)
            }
            At::PutCurrent => self.set_owner(At::PutOwner),
            At::PutOwner => {
                let init = self.memory().saw;
                self.swap_state(init, StateWord::new(Mode::Idle, 0, init.epoch));
                self.goto(At::PutIdle)
            }
            At::PutIdle => {
                let object = Id { record: self.memory().object.record, birth: self.memory().saw.epoch };
                self.become_owner(object, object.birth, true);
                self.back()
            }
            At::DropOwner | At::Disown | At::DropDoomed | At::DropDisowned | At::Dropped => return self.drop_owner(at),
            At::Sweep | At::SweepSeen | At::SweepClaimed => return self.sweep(at),
            _ => return self.depart(at),
        })
    }

    fn drop_owner(&mut self, at: At) -> Option<Done> {
        Some(match at {
            At::DropOwner if !self.is_owner() => self.back(),
            At::DropOwner => {
                self.process().owned = None;
                self.call(At::Disown, At::Dropped)
            }
            At::Dropped => self.goto(At::Reclaim),
            At::Disown => {
                self.record().state.doom = true;
                self.goto(At::DropDoomed)
            }
            At::DropDoomed => {
                let owner = self.record().owner;
                self.record().owner = owner.to(OwnerKind::None, 0);
                self.goto(At::DropDisowned)
            }
            At::DropDisowned => self.goto(At::Reclaim),
            _ => return None,
        })
    }

    /// Drops an object in transit. In the model, its deadline may pass at any time.
    fn sweep(&mut self, at: At) -> Option<Done> {
        Some(match at {
            At::Sweep => {
                let owner = self.record().owner;
                self.memory().owner = owner;
                if owner.kind == OwnerKind::Transit { self.goto(At::SweepSeen) } else { self.back() }
            }
            At::SweepSeen => {
                let (seen, me) = (self.memory().owner, self.me);
                if self.swap_owner(seen, OwnerWord { seq: seen.seq + 1, ..seen.to(OwnerKind::Slot, me) }) {
                    self.goto(At::SweepClaimed)
                } else {
                    self.back()
                }
            }
            At::SweepClaimed if self.record().owner.lasting => {
                self.memory().owner = self.record().owner;
                self.goto(At::DetachLasting)
            }
            At::SweepClaimed => self.goto(At::Disown),
            _ => return None,
        })
    }

    fn depart(&mut self, at: At) -> Option<Done> {
        Some(match at {
            At::Send => {
                let owner = self.record().owner;
                self.memory().owner = owner;
                if !self.is_owner() || self.record().state.mode != Mode::Idle {
                    return Some(self.back());
                }
                let next = (owner.seq + 1) | 1;
                self.memory().shown.number = if self.mutant("send under the same number") { owner.seq } else { next };
                self.state.departures += 1;
                let right = DEPARTURES + self.state.departures;
                self.memory().shown.right = right;
                self.record().ticket = right;
                self.goto(At::SendTicket)
            }
            At::SendTicket => {
                let (seen, seq) = (self.memory().owner, self.memory().shown.number);
                if self.swap_owner(seen, OwnerWord { seq, ..seen.to(OwnerKind::Transit, 0) }) {
                    // From this swap on another process may be the owner.
                    self.process().owned = None;
                    self.goto(At::SendSent)
                } else {
                    self.back()
                }
            }
            At::SendSent => {
                let ticket = Ticket { object: self.memory().object, ..self.memory().shown };
                IssuedTickets::issue(&mut self.state.issued.sent, ticket);
                self.back()
            }
            At::Claim if !self.is_same() => self.back(),
            At::Claim => {
                let owner = self.record().owner;
                self.memory().owner = owner;
                self.goto(At::ClaimLooked)
            }
            At::ClaimLooked => {
                let (owner, shown) = (self.memory().owner, self.memory().shown);
                let is_of_ticket = owner.seq == shown.number && self.record().ticket == shown.right;
                let fits = owner.kind == OwnerKind::Transit && is_of_ticket;
                if fits { self.goto(At::ClaimFits) } else { self.back() }
            }
            At::ClaimFits => {
                let (seen, me) = (self.memory().owner, self.me);
                if self.swap_owner(seen, seen.to(OwnerKind::Slot, me)) { self.goto(At::ClaimMine) } else { self.back() }
            }
            At::ClaimMine => {
                let (object, version) = (self.memory().object, self.record().current);
                let right = self.record().ticket == self.memory().shown.right;
                self.state.require("I5: a claim has the ticket of this departure", right);
                self.become_owner(object, version, false);
                self.back()
            }
            _ => return None,
        })
    }

    pub(super) fn swap_owner(&mut self, from: OwnerWord, to: OwnerWord) -> bool {
        let word = &mut self.record().owner;
        let same = *word == from;
        if same {
            *word = to;
        }
        same
    }
}
