//! The commands of tests in which several sessions give commands at the same time.

use crate::id::{Epoch, Right};
use crate::ledger::Command;

/// A command without its numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Move {
    OpenShared,
    OpenExclusive,
    Reissue,
    End,
    Revoke,
    Write,
    Drop,
    Send,
    Claim,
    Redeem,
    Take,
    Return,
    Abort,
    Commit,
    Checkpoint,
    Detach,
    Adopt,
    Evict,
    Share,
    Reserve,
    Grant,
}

/// The numbers that a session knows.
pub(crate) struct Heard {
    /// The epoch of the newest shared loan.
    pub(crate) loan: Epoch,
    /// The loan of the newest shared borrow that was not given back; `None` if that borrow is by key.
    pub(crate) borrowed: Option<Epoch>,
    /// The version that an owner writes on top of.
    pub(crate) base: Epoch,
    /// The token of the newest exclusive borrow or reservation.
    pub(crate) token: Epoch,
    /// The newest departure, and the right that claims it.
    pub(crate) seq: u64,
    pub(crate) departure: Right,
    /// The right of the newest offer.
    pub(crate) offered: Right,
    /// The right of the next offer, and of that offer after a reissue.
    pub(crate) fresh: Right,
    pub(crate) anew: Right,
}

impl Move {
    pub(crate) fn command(self, heard: &Heard) -> Command {
        match self {
            Self::OpenShared => Command::OpenShared,
            Self::OpenExclusive => Command::OpenExclusive { right: heard.fresh },
            Self::Reissue => Command::Reissue { right: heard.anew },
            Self::End => Command::End,
            Self::Revoke => Command::Revoke,
            Self::Write => Command::OwnerCommit { base: heard.base },
            Self::Drop => Command::DropOwner,
            Self::Send => Command::Send { right: heard.departure },
            Self::Claim => Command::Claim { seq: heard.seq, right: heard.departure },
            Self::Redeem => Command::RedeemShared { epoch: heard.loan },
            Self::Take => Command::RedeemExclusive { right: heard.offered },
            Self::Return => Command::Return { loan: heard.borrowed },
            Self::Abort => Command::Abort { token: heard.token },
            Self::Commit => Command::Commit { token: heard.token },
            Self::Checkpoint => Command::Checkpoint { token: heard.token },
            Self::Detach => Command::Detach,
            Self::Adopt => Command::Adopt,
            Self::Evict => Command::Evict,
            Self::Share => Command::Share,
            Self::Reserve => Command::Reserve,
            Self::Grant => Command::Grant,
        }
    }
}
