//! The steps of redeeming and giving back.

use super::turn::{Done, Turn};
use crate::state::{At, Lease};
use crate::words::{Mode, OwnerKind, StateWord};

impl Turn<'_> {
    pub(super) fn borrow(&mut self, at: At) -> Option<Done> {
        self.redeem(at).or_else(|| self.take(at))
    }

    fn bit(&self) -> u8 {
        1 << self.me
    }

    pub(super) fn set_bit(&mut self, then: At) -> Done {
        let bit = self.bit();
        self.record().readers |= bit;
        self.goto(then)
    }

    /// Grants the borrow. The version is read in a later step.
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
                self.state.require("I6: doomed grants nothing", live);
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
            // In this step the ledger wakes waiting processes.
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
            // The ticket in the record may belong to another offer, or to none. So the state is looked at again.
            At::TakeSame if self.record().state != saw => self.goto(At::TakeKnown),
            At::TakeSame => self.back(),
            At::TakeFits if self.record().state != saw => self.goto(At::TakeKnown),
            At::TakeFits if saw.doom || saw.mode != Mode::Offered => self.back(),
            // The version is read before the swap: a lender that revokes after the swap may write the next version at
            // once.
            At::TakeFits => {
                self.memory().version = self.record().current;
                self.goto(At::TakeVersion)
            }
            At::TakeVersion if self.record().state != saw => self.goto(At::TakeKnown),
            At::TakeVersion => {
                let me = self.me;
                self.swap_state(saw, StateWord::new(Mode::Exclusive, me, saw.epoch + 1));
                let (object, right) = (self.memory().object, self.memory().shown.right);
                self.state.require("I5: an exclusive ticket is redeemed while it is on offer", right == saw.epoch);
                let lease = Lease { object, token: saw.epoch + 1, version: self.memory().version, ..Lease::default() };
                self.process().exclusive = Some(lease);
                self.goto(At::TakeExclusive)
            }
            At::TakeExclusive => self.back(),
            _ => return None,
        })
    }

    /// Returns whether the object of the command is detached.
    pub(super) fn is_open(&mut self) -> bool {
        self.record().owner.kind == OwnerKind::Detached
    }
}
