//! Redeem, give back, commit.

use super::{Done, Turn};
use crate::state::{At, Lease, Rolled};
use crate::words::{Kind, Mode, Word};

impl Turn<'_> {
    pub(super) fn borrow(&mut self, at: At) -> Option<Done> {
        self.redeem(at).or_else(|| self.take(at)).or_else(|| self.commit(at)).or_else(|| self.write(at))
    }

    fn bit(&self) -> u8 {
        1 << self.me
    }

    pub(super) fn set_bit(&mut self, then: At) -> Done {
        let bit = self.bit();
        self.record().readers |= bit;
        self.goto(then)
    }

    /// Which version is read is looked at behind the grant.
    pub(super) fn grant_shared(&mut self, then: At) -> Done {
        let object = self.memory().object;
        self.process().shared = Some(Lease { object, ..Lease::default() });
        self.goto(then)
    }

    pub(super) fn read_current(&mut self) -> Done {
        let version = self.record().current;
        if let Some(lease) = &mut self.process().shared {
            lease.version = version;
        }
        self.back()
    }

    fn redeem(&mut self, at: At) -> Option<Done> {
        Some(match at {
            At::Redeem if self.is_same() => self.goto(At::RedeemKnown),
            At::Redeem => self.back(),
            At::RedeemKnown if self.fits() => self.goto(At::RedeemLooked),
            At::RedeemKnown => self.back(),
            At::RedeemLooked => self.set_bit(At::RedeemBit),
            At::RedeemBit if self.fits() || self.mutant("redeem without a second look") => {
                let live = self.is_same() && !self.record().state.doom;
                self.state.blame("I6: doomed grants nothing", live);
                self.grant_shared(At::RedeemGranted)
            }
            At::RedeemBit => self.goto(At::Return),
            At::RedeemGranted => self.read_current(),
            At::Return => {
                let bit = self.bit();
                self.process().shared = None;
                self.record().readers &= !bit;
                self.goto(At::BitTaken)
            }
            // Whoever waits is woken.
            At::BitTaken => self.goto(At::ReturnCleared),
            At::ReturnCleared => self.goto(At::Reclaim),
            _ => return None,
        })
    }

    fn take(&mut self, at: At) -> Option<Done> {
        let saw = self.memory().saw;
        Some(match at {
            At::Take if self.is_same() => self.goto(At::TakeKnown),
            At::Take => self.back(),
            At::TakeKnown => {
                self.memory().saw = self.record().state;
                self.goto(At::TakeLooked)
            }
            At::TakeLooked => {
                let fits = self.record().ticket == self.memory().shown.right || self.mutant("redeem any right");
                self.goto(if fits { At::TakeFits } else { At::TakeSame })
            }
            // Another offer's ticket, or none.
            At::TakeSame if self.record().state != saw => self.goto(At::TakeKnown),
            At::TakeSame => self.back(),
            At::TakeFits if self.record().state != saw => self.goto(At::TakeKnown),
            At::TakeFits if saw.doom || saw.mode != Mode::Offered => self.back(),
            // The version before the swap: a lender that revokes after it may write the next one at once.
            At::TakeFits => {
                self.memory().version = self.record().current;
                self.goto(At::TakeVersion)
            }
            At::TakeVersion if self.record().state != saw => self.goto(At::TakeKnown),
            At::TakeVersion => {
                let me = self.me;
                self.shift(saw, Word::new(Mode::Exclusive, me, saw.epoch + 1));
                let (object, right) = (self.memory().object, self.memory().shown.right);
                self.state.blame("I5: an exclusive ticket is redeemed while it is on offer", right == saw.epoch);
                let lease = Lease { object, token: saw.epoch + 1, version: self.memory().version, ..Lease::default() };
                self.process().exclusive = Some(lease);
                self.goto(At::TakeExclusive)
            }
            At::TakeExclusive => self.back(),
            At::Abort => {
                self.process().exclusive = None;
                self.process().reserved = None;
                let (me, token, state) = (self.me, self.memory().token, self.record().state);
                let mine = state.names(Mode::Exclusive, me, token) || state.names(Mode::Pending, me, token);
                if !mine || !self.is_same() {
                    return Some(self.back());
                }
                self.memory().rolled = Rolled { slot: me as u8, version: token, ..Rolled::default() };
                self.call(At::LeaveWriter, At::AbortLeft)
            }
            At::AbortLeft => self.goto(At::Reclaim),
            _ => return None,
        })
    }

    fn lease(&mut self) -> &mut Lease {
        self.process().exclusive.get_or_insert_default()
    }

    fn commit(&mut self, at: At) -> Option<Done> {
        let (me, token) = (self.me, self.memory().token);
        let state = self.record().state;
        let nth = usize::from(self.memory().object.record);
        Some(match at {
            At::Commit if self.is_same() => self.goto(At::CommitKnown),
            At::Commit => self.too_late(),
            At::CommitKnown if state.names(Mode::Exclusive, me, token) => self.goto(At::CommitLooked),
            At::CommitKnown => self.goto(At::TooLate),
            At::CommitLooked => {
                self.state.staged[me][nth] |= 1 << token;
                self.goto(At::CommitStaged)
            }
            At::CommitStaged => {
                self.record().write(token);
                self.goto(At::CommitNamed)
            }
            At::CommitNamed => {
                let fits = state.names(Mode::Exclusive, me, token) && !state.doom;
                if !fits && !self.mutant("commit by a plain store") {
                    return Some(self.goto(At::CommitLost));
                }
                let (lease, current, same) = (*self.lease(), self.record().current, self.is_same());
                self.state.blame("I9: no commit of a loan after its revocation", !lease.revoked);
                self.state.blame("I10: every commit goes on from the version before it", lease.version == current);
                self.state.blame("I11: a commit is on a live object", same && !state.doom);
                self.record().state = state.to(Mode::Publishing, me, token);
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
            At::TooLate if !state.names(Mode::Exclusive, me, token) => self.too_late(),
            At::TooLate => {
                self.process().exclusive = None;
                self.memory().rolled = Rolled { slot: me as u8, version: token, ..Rolled::default() };
                self.call(At::LeaveWriter, At::TooLateLeft)
            }
            At::TooLateLeft => self.goto(At::Reclaim),
            At::CommitSwapped => {
                let target = self.record().at_rest_again();
                self.memory().rolled = Rolled { slot: me as u8, version: token, target };
                self.call(At::Roll, At::Committed)
            }
            At::Committed => self.goto(At::Reclaim),
            _ => return None,
        })
    }

    /// The value stays with the program, which may redeem another ticket.
    fn too_late(&mut self) -> Done {
        self.process().exclusive = None;
        self.back()
    }

    /// The owner's own commit.
    fn write(&mut self, at: At) -> Option<Done> {
        let (me, saw) = (self.me, self.memory().saw);
        let nth = usize::from(self.memory().object.record);
        Some(match at {
            At::Write => {
                let state = self.record().state;
                self.memory().saw = state;
                let base = self.process().owned.map(|owned| owned.base);
                let diverged = base != Some(self.record().current) && !self.mutant("write on any base");
                if !self.is_owner() || state.mode != Mode::Home || diverged {
                    return Some(self.back());
                }
                self.state.staged[me][nth] |= 1 << (state.epoch + 1);
                self.goto(At::WriteStaged)
            }
            At::WriteStaged => {
                self.record().write(saw.epoch + 1);
                self.goto(At::WriteNamed)
            }
            At::WriteNamed => {
                self.record().ticket = 0;
                self.goto(At::WriteVoided)
            }
            At::WriteVoided => {
                let publishing = Word::new(Mode::Publishing, me, saw.epoch + 1);
                if !self.shift(saw, publishing) {
                    return Some(self.goto(At::WriteLost));
                }
                let (held, current) = (self.is_held(), self.record().current);
                let base = self.process().owned.map(|owned| owned.base);
                self.state.blame("I1: the owner changes its value only while nobody borrows it", !held);
                self.state.blame("I10: every commit goes on from the version before it", base == Some(current));
                self.goto(At::WriteSwapped)
            }
            At::WriteLost => {
                self.record().unlink(saw.epoch + 1);
                self.state.staged[me][nth] &= !(1 << (saw.epoch + 1));
                self.back()
            }
            At::WriteSwapped => {
                self.memory().token = saw.epoch + 1;
                self.memory().rolled = Rolled { slot: me as u8, version: saw.epoch + 1, target: Mode::Home };
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

    /// Whether the object of the command has no owner.
    pub(super) fn is_open(&mut self) -> bool {
        self.record().owner.kind == Kind::Detached
    }
}
