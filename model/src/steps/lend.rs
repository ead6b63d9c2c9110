//! The steps of a lender: open, reissue, end and revoke a loan.

use super::turn::{Done, Turn};
use crate::state::{At, Id, OwnerMark};
use crate::words::{Mode, OwnerKind, OwnerWord, Record, StateWord};

impl Turn<'_> {
    pub(super) fn lend(&mut self, at: At) -> Option<Done> {
        Some(match at {
            At::Lend | At::Offer | At::Reissue | At::End | At::Revoke if !self.is_owner() => self.back(),
            At::Lend => {
                let state = self.record().state;
                match state.mode {
                    Mode::Idle | Mode::Closing => self.record().state = state.to(Mode::Shared, 0, state.epoch + 1),
                    Mode::Shared => {}
                    _ => return Some(self.back()),
                }
                self.memory().token = self.record().state.epoch;
                self.goto(At::LendOpened)
            }
            At::LendOpened => {
                let (object, epoch) = (self.memory().object, self.memory().token);
                self.mark(OwnerMark::Shared);
                self.issue_shared(object, epoch);
                self.back()
            }
            At::Offer | At::OfferTicket | At::LendOffered => return self.offer(at),
            At::Reissue | At::ReissueVoid | At::ReissueTicket => return self.reissue(at),
            At::End | At::EndClosing | At::EndLooked | At::EndUnread | At::EndNoted | At::EndIdle | At::Ended => {
                return self.end(at);
            }
            At::Revoke | At::RevokeLooked | At::RevokeUnread | At::RevokeIdle | At::Revoked => return self.revoke(at),
            _ => return self.move_to_new_record(at),
        })
    }

    fn mark(&mut self, mark: OwnerMark) {
        if let Some(owned) = &mut self.process().owned {
            owned.mark = mark;
            owned.loaded &= mark != OwnerMark::Exclusive;
        }
    }

    fn offer(&mut self, at: At) -> Option<Done> {
        let saw = self.memory().saw;
        Some(match at {
            At::Offer => {
                let state = self.record().state;
                self.memory().saw = state;
                if state.mode != Mode::Idle {
                    return Some(self.back());
                }
                self.record().ticket = state.epoch + 1;
                self.goto(At::OfferTicket)
            }
            At::OfferTicket if self.swap_state(saw, saw.to(Mode::Offered, 0, saw.epoch + 1)) => {
                self.goto(At::LendOffered)
            }
            At::OfferTicket => self.back(),
            At::LendOffered => {
                let object = self.memory().object;
                self.mark(OwnerMark::Exclusive);
                self.issue_exclusive(object, saw.epoch + 1);
                self.back()
            }
            _ => return None,
        })
    }

    fn reissue(&mut self, at: At) -> Option<Done> {
        let saw = self.memory().saw;
        Some(match at {
            At::Reissue => {
                let state = self.record().state;
                if !matches!(state.mode, Mode::Offered | Mode::Taken | Mode::Died) {
                    return Some(self.back());
                }
                // Slot 1 marks the void ticket.
                let void = state.to(Mode::Taken, 1, state.epoch + 1);
                self.memory().saw = StateWord { doom: false, ..void };
                self.record().state = void;
                self.goto(At::ReissueVoid)
            }
            At::ReissueVoid => {
                self.record().ticket = saw.epoch + 1;
                self.goto(At::ReissueTicket)
            }
            At::ReissueTicket => {
                let object = self.memory().object;
                if self.swap_state(saw, saw.to(Mode::Offered, 0, saw.epoch + 1)) {
                    self.issue_exclusive(object, saw.epoch + 1);
                }
                self.back()
            }
            _ => return None,
        })
    }

    fn end(&mut self, at: At) -> Option<Done> {
        let saw = self.memory().saw;
        Some(match at {
            At::End | At::EndClosing => {
                let state = self.record().state;
                self.memory().saw = state;
                match state.mode {
                    Mode::Idle => self.goto(At::EndIdle),
                    Mode::Shared if self.mutant("end without closing") => self.goto(At::EndLooked),
                    Mode::Shared => {
                        self.swap_state(state, state.to(Mode::Closing, 0, state.epoch));
                        self.goto(At::EndClosing)
                    }
                    Mode::Closing => self.goto(At::EndLooked),
                    Mode::Offered | Mode::Taken | Mode::Died => self.goto(At::EndNoted),
                    _ => self.back(),
                }
            }
            // The swap fails if the ticket was redeemed in between.
            At::EndNoted => match self.swap_state(saw, saw.to(Mode::Idle, 0, saw.epoch + 1)) {
                true => self.goto(At::EndIdle),
                false => self.goto(At::End),
            },
            At::EndLooked if self.record().readers != 0 => self.back(),
            At::EndLooked => self.goto(At::EndUnread),
            At::EndUnread => {
                self.swap_state(saw, saw.to(Mode::Idle, 0, saw.epoch));
                self.goto(At::EndIdle)
            }
            At::EndIdle => {
                self.memory().version = self.record().current;
                self.goto(At::Ended)
            }
            At::Ended => {
                let (version, held) = (self.memory().version, self.is_held());
                self.state.require("I8: a loan that has ended has no live unrevoked holder", !held);
                self.loan_is_over(version);
                self.back()
            }
            _ => return None,
        })
    }

    fn revoke(&mut self, at: At) -> Option<Done> {
        let saw = self.memory().saw;
        Some(match at {
            At::Revoke => {
                let state = self.record().state;
                self.memory().saw = state;
                match state.mode {
                    Mode::Idle => self.goto(At::RevokeIdle),
                    Mode::Shared => {
                        self.swap_state(state, state.to(Mode::Closing, 0, state.epoch));
                        self.goto(At::Revoke)
                    }
                    Mode::Closing => self.goto(At::RevokeLooked),
                    Mode::Offered | Mode::Taken | Mode::Died | Mode::Exclusive => {
                        self.swap_state(state, state.to(Mode::Idle, 0, state.epoch + 1));
                        self.void_lease(state);
                        self.goto(At::RevokeIdle)
                    }
                    // The commit has happened: its writer or its recoverer completes it.
                    _ => Done::Waits,
                }
            }
            At::RevokeLooked if self.record().readers == 0 => self.goto(At::RevokeUnread),
            At::RevokeLooked if self.mutant("revoke by clearing bits") => {
                self.record().readers = 0;
                self.goto(At::Revoke)
            }
            At::RevokeLooked => self.goto(At::Move),
            At::RevokeUnread => {
                self.swap_state(saw, saw.to(Mode::Idle, 0, saw.epoch));
                self.goto(At::RevokeIdle)
            }
            At::RevokeIdle => {
                self.memory().version = self.record().current;
                self.goto(At::Revoked)
            }
            At::Revoked => {
                let version = self.memory().version;
                let home = self.record().state.mode == Mode::Idle;
                self.state.require("I13: after a revocation the owner can lend again at once", home);
                self.loan_is_over(version);
                self.back()
            }
            _ => return None,
        })
    }

    /// Marks the writer's lease as revoked, if `before` is the state of a loan that a writer holds. A later commit with
    /// this lease is refused.
    fn void_lease(&mut self, before: StateWord) {
        let object = self.memory().object;
        for process in &mut self.state.processes {
            if let Some(lease) = &mut process.exclusive {
                lease.revoked |= lease.object == object && before.mode == Mode::Exclusive;
            }
        }
    }

    /// Gives the owner a new record, if one is free. The readers of the revoked loan keep the old record.
    fn move_to_new_record(&mut self, at: At) -> Option<Done> {
        Some(match at {
            At::Move => {
                let floor = self.record().state.epoch;
                if !self.take_free(floor) {
                    return Some(self.back());
                }
                self.memory().token = self.memory().saw.epoch;
                self.goto(At::MoveTaken)
            }
            // The new record's first version has the bytes of the old record's current version.
            At::MoveTaken => self.in_new(At::MoveLinked, |record, init| record.write(init.epoch)),
            At::MoveLinked => self.in_new(At::MoveBirth, |record, init| record.birth = init.epoch),
            At::MoveBirth => self.in_new(At::MoveCurrent, |record, init| record.current = init.epoch),
            At::MoveCurrent => {
                let (me, lasting) = (self.me, self.record().owner.lasting);
                self.in_new(At::MoveOwner, |record, _| {
                    record.owner = OwnerWord { lasting, ..record.owner.to(OwnerKind::Slot, me) };
                })
            }
            At::MoveOwner => {
                self.in_new(At::MoveIdle, |record, init| record.state = init.to(Mode::Idle, 0, init.epoch))
            }
            At::MoveIdle => self.call(At::Disown, At::Moved),
            At::Moved => {
                let version = self.memory().token;
                let object = Id { record: self.memory().new, birth: version };
                (self.memory().object, self.memory().version) = (object, version);
                if let Some(owned) = &mut self.process().owned {
                    (owned.object, owned.base) = (object, version);
                }
                self.goto(At::Revoked)
            }
            _ => return None,
        })
    }

    fn in_new(&mut self, then: At, change: impl FnOnce(&mut Record, StateWord)) -> Done {
        let (nth, init) = (usize::from(self.memory().new), self.memory().saw);
        change(&mut self.state.records[nth], init);
        self.goto(then)
    }
}
