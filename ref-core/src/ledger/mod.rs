//! The state of one object in the ledger, and the rules by which it changes. The module is pure: it does no I/O, reads
//! no clock and knows no `T`.
//!
//! [`step`] defines which command is legal in which state. The conformance tests hold every backend to `step`.

#[cfg(test)]
mod model;
mod step;

#[cfg_attr(not(test), expect(unused_imports, reason = "stores that outlive their sessions will adopt orphans"))]
pub(crate) use step::step_under;
pub(crate) use step::{settle, step};

use crate::id::{Epoch, Right};
use std::collections::BTreeSet;
use std::time::Duration;

/// The largest value of an object's counter, which `shm:` packs into 47 bits.
pub(crate) const LAST_EPOCH: Epoch = Epoch((1 << 47) - 1);

/// The largest number of a departure, which `shm:` packs into 50 bits.
pub(crate) const LAST_SEQ: u64 = (1 << 50) - 1;

/// What becomes of an object whose owner died, unless the object is lasting: a lasting object is detached then.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) enum Orphans {
    /// The object goes with its owner.
    #[default]
    Reclaim,
    /// The object waits until a session adopts it.
    #[cfg_attr(not(test), expect(dead_code, reason = "for stores that outlive their sessions"))]
    Adopt,
}

/// A session: one opened store, as an owner of objects and a holder of borrows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct SessionId(pub(crate) u32);

/// A session, and the loan under which it borrows the object; `None` if it borrows the object by key or name. A session
/// may have a borrow of each of several loans, so what gives a borrow back names the loan.
pub(crate) type Reader = (SessionId, Option<Epoch>);

/// The stages of an object's life, in their order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) enum Life {
    #[default]
    Absent,
    Live,
    /// The owner is gone, and holders are left. The object goes with the last of them.
    Doomed,
    /// No command leads out of this state, so an id is never used again.
    Gone,
}

/// What owns the object. Only a session that owns the object may lend, send and drop it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) enum Owner {
    #[default]
    None,
    Session(SessionId),
    /// An ownership ticket that is not claimed yet. Since `seq` rises at every departure, an old ticket never fits
    /// again.
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

/// The owner's loan, if there is one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) enum LoanState {
    #[default]
    None,
    Shared(Epoch),
    /// No ticket can be redeemed any more. Holders may remain.
    Closing(Epoch),
    Offered(Epoch, Right),
    Taken(Epoch, Right),
}

/// Which session may commit, or waits until it may.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) enum Writer {
    #[default]
    None,
    /// The session has reserved the object, and waits until the object's readers are done. Only an object without an
    /// owner can be reserved.
    Pending(SessionId, Epoch),
    Active(SessionId, Epoch),
}

/// Everything the ledger knows of one object.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Object {
    pub(crate) life: Life,
    pub(crate) owner: Owner,
    pub(crate) loan: LoanState,
    pub(crate) holders: BTreeSet<Reader>,
    /// Holders of revoked loans. They can go on reading, and no end of a loan waits for them.
    pub(crate) stale: BTreeSet<Reader>,
    pub(crate) writer: Writer,
    /// The last value of the object's one rising counter, from which loans, fencing tokens and versions get numbers.
    pub(crate) last: Epoch,
    /// The name of the current version: the token of a borrower's commit, or the epoch at which an owner put or wrote
    /// the version.
    pub(crate) version: Epoch,
    /// The session and token of the last commit by a borrower, so that a retry of this commit is recognised and changes
    /// nothing (idempotent retry).
    pub(crate) committed: Option<(SessionId, Epoch)>,
    /// The number of the object's last departure from an owner, by `Send` or as an orphan. Departures have odd numbers,
    /// and an even number follows that of a departure whose ticket has expired.
    pub(crate) seq: u64,
    /// Whether the object outlives the death of its owner. An object is lasting from the first time on that it is
    /// detached, published or kept. Only a living session ends it, by `DropOwner` or `Evict`, or its time does.
    pub(crate) lasting: bool,
    /// Whether the object goes when its time is over. Only a detached object has a time, and loses it when it is
    /// adopted. The backend knows the time.
    pub(crate) timed: bool,
}

/// A request of a session to the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Command {
    Put,
    OpenShared,
    OpenExclusive {
        right: Right,
    },
    /// Makes the ticket of an exclusive loan void, and offers the loan anew.
    Reissue {
        right: Right,
    },
    RedeemShared {
        epoch: Epoch,
    },
    RedeemExclusive {
        right: Right,
    },
    /// Gives back a shared borrow: one of this loan or, without a loan, one by the object's key or name.
    Return {
        loan: Option<Epoch>,
    },
    /// Gives back an exclusive borrow without a change, or a reservation.
    Abort {
        token: Epoch,
    },
    Commit {
        token: Epoch,
    },
    /// Commits, and keeps the exclusive borrow, under the next token.
    Checkpoint {
        token: Epoch,
    },
    OwnerCommit {
        base: Epoch,
    },
    /// Ends the owner's loan. If borrowers are left, the command is refused, and a shared loan is closed to new
    /// borrowers.
    End,
    Revoke,
    DropOwner,
    /// Makes the session's own object lasting.
    Keep,
    Send {
        right: Right,
    },
    Claim {
        seq: u64,
        right: Right,
    },
    /// Drops an object in transit, since the deadline of its ticket has passed. A lasting object is detached instead.
    TransitExpired {
        seq: u64,
    },
    Detach,
    /// Detaches the object, which goes when this time is over.
    DetachFor {
        time: Duration,
    },
    /// Lets a detached object stay for this time from now on at least. An object without a time stays as it is.
    Extend {
        time: Duration,
    },
    /// Removes a detached object, since its time is over.
    TimeExpired,
    Publish,
    Adopt,
    /// Returns the version of a detached or published object, and keeps no borrow. A writer is not in the way.
    Get,
    /// Removes a detached object, or a published object whose writer the session is.
    Evict,
    Share,
    Reserve,
    Grant,
}

impl Command {
    /// Returns the loan under which the command borrows shared; `None` if it borrows by key or name, or not at all.
    pub(crate) fn shared_loan(self) -> Option<Epoch> {
        match self {
            Self::RedeemShared { epoch } => Some(epoch),
            _ => None,
        }
    }
}

/// The result of a command that was granted.
#[repr(u64)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Reply {
    Done,
    /// A loan was opened or offered anew, or an object was reserved, at this epoch.
    Opened(Epoch),
    /// A shared borrow of this version was granted.
    Shared {
        version: Epoch,
    },
    /// An exclusive borrow of this version was granted, or goes on after a checkpoint. The token will name the version
    /// that the next commit makes.
    Exclusive {
        token: Epoch,
        version: Epoch,
    },
    /// The version that the command made or found. After a retried commit, the object may have a later version.
    Version(Epoch),
    /// An object with a time was adopted, and has none any more. So much of it was `left`: a backend says it, and the rules,
    /// which read no clock, say zero.
    Adopted {
        version: Epoch,
        left: Duration,
    },
    /// The loan is over. `redeemed` is false only for an exclusive loan whose ticket was not redeemed.
    Ended {
        version: Epoch,
        redeemed: bool,
    },
    /// The loan is void. In `shm:`, if a reader still holds the object's record, the object continues under the id
    /// `moved`, and `version` is the number of its version there.
    Revoked {
        version: Epoch,
        moved: Option<crate::id::ObjectId>,
    },
    /// The object is in transit under this sequence number.
    Sent {
        seq: u64,
    },
}

/// Why the ledger refused a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Refusal {
    /// Live holders, a writer, a loan or the kind of owner exclude the command.
    Conflict(crate::error::HeldAs),
    Expired,
    AlreadyRedeemed,
    Gone,
    Fenced,
    Diverged,
    Exhausted,
}
