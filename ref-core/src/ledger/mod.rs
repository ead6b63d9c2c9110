//! The state of one object in the ledger. Pure: no I/O, no clock, no `T`.
//!
//! [`step`] is the definition of legality. Every backend is held to it by the same tests.

#[cfg(test)]
mod model;
mod step;

#[cfg_attr(not(test), expect(unused_imports, reason = "stores that outlive their sessions will adopt orphans"))]
pub(crate) use step::step_under;
pub(crate) use step::{settle, step};

use crate::id::{Epoch, Right};
use std::collections::BTreeSet;

/// The last value of an object's counter; a backend packs it into 47 bits.
pub(crate) const LAST_EPOCH: Epoch = Epoch((1 << 47) - 1);

/// The last departure of an object; a backend packs it into 50 bits.
pub(crate) const LAST_SEQ: u64 = (1 << 50) - 1;

/// What becomes of an object whose owner died.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) enum Orphans {
    /// It goes with its owner.
    #[default]
    Reclaim,
    /// It waits for somebody to adopt it.
    #[cfg_attr(not(test), expect(dead_code, reason = "for stores that outlive their sessions"))]
    Adopt,
}

/// One opened store, as a holder of borrows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct SessionId(pub(crate) u32);

/// Whether the object can be borrowed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) enum Life {
    #[default]
    Absent,
    Live,
    /// Its owner is gone; it goes when its last holder does.
    Doomed,
    /// Absorbing: an id is never used again.
    Gone,
}

/// Who may lend, send and drop the object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) enum Owner {
    #[default]
    None,
    Session(SessionId),
    /// An unclaimed ownership ticket. `seq` rises at every departure, so that an old ticket never fits again.
    Transit {
        seq: u64,
        right: Right,
    },
    Orphan {
        seq: u64,
    },
    Detached,
    Published,
}

/// What the owner has lent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) enum LoanState {
    #[default]
    None,
    Shared(Epoch),
    /// No new redemption; holders may remain.
    Closing(Epoch),
    Offered(Epoch, Right),
    Taken(Epoch, Right),
}

/// Who may commit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) enum Writer {
    #[default]
    None,
    /// Reserved, waiting for readers; published objects only.
    Pending(SessionId, Epoch),
    Active(SessionId, Epoch),
}

/// Everything the ledger knows of one object.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Object {
    pub(crate) life: Life,
    pub(crate) owner: Owner,
    pub(crate) loan: LoanState,
    pub(crate) holders: BTreeSet<SessionId>,
    /// Holders of revoked loans: they read on, and nobody waits for them.
    pub(crate) stale: BTreeSet<SessionId>,
    pub(crate) writer: Writer,
    /// The one rising counter of loans, tickets and fencing tokens.
    pub(crate) last: Epoch,
    /// The token of the last commit.
    pub(crate) version: Epoch,
    /// The last commit's writer, so that its retry is recognised.
    pub(crate) committed: Option<(SessionId, Epoch)>,
    /// Rises whenever the object departs (`Send`, `Orphan`).
    pub(crate) seq: u64,
}

/// What a session asks of the ledger.
#[cfg_attr(not(test), expect(dead_code, reason = "published objects have no handles yet"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Command {
    Put,
    OpenShared,
    OpenExclusive {
        right: Right,
    },
    /// Voids the ticket of an exclusive loan and offers it anew.
    Reissue {
        right: Right,
    },
    RedeemShared {
        epoch: Epoch,
    },
    RedeemExclusive {
        right: Right,
    },
    /// Gives back a shared borrow.
    Return,
    /// Gives back an exclusive borrow, unchanged.
    Abort {
        token: Epoch,
    },
    Commit {
        token: Epoch,
    },
    OwnerCommit {
        base: Epoch,
    },
    /// Ends the owner's loan; a shared one is closed to new borrowers even when this is refused.
    End,
    Revoke,
    DropOwner,
    Send {
        right: Right,
    },
    Claim {
        seq: u64,
        right: Right,
    },
    /// The deadline of an unclaimed ticket has passed.
    TransitExpired {
        seq: u64,
    },
    Detach,
    Publish,
    Adopt,
    /// Reads a detached or published object: share, decode, return.
    Get,
    Evict,
    Share,
    Unshare,
    Reserve,
    Grant,
}

/// The ledger's consent.
#[repr(u64)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Reply {
    Done,
    /// A loan was opened or re-offered at this epoch.
    Opened(Epoch),
    /// A shared borrow of this version was granted.
    Shared {
        version: Epoch,
    },
    /// An exclusive borrow of this version was granted; a commit will be named by the token.
    Exclusive {
        token: Epoch,
        version: Epoch,
    },
    /// The object's current version is now this one.
    Version(Epoch),
    /// The loan is over. `redeemed`: an exclusive loan's ticket was used.
    Ended {
        version: Epoch,
        redeemed: bool,
    },
    /// The loan is void. `moved`: the object goes on under this id, since a reader still holds the old one, and its version
    /// may have another number there.
    Revoked {
        version: Epoch,
        moved: Option<crate::id::ObjectId>,
    },
    /// The object is in transit under this sequence number.
    Sent {
        seq: u64,
    },
}

/// Why the ledger refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Refusal {
    /// Live holders, a writer, or another kind of owner exclude it.
    Conflict(crate::error::HeldAs),
    Expired,
    AlreadyRedeemed,
    Gone,
    Fenced,
    Diverged,
    Exhausted,
}
