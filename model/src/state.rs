//! What there is: records, processes, and what was heard of.

use crate::words::{Mode, OwnerWord, RECORDS, Record, SLOTS, StateWord};

/// An object, as whoever has a handle or a ticket of it knows it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Id {
    /// Index of its record.
    pub record: u8,
    /// Epoch at which the record was given to it.
    pub birth: u8,
}

/// What somebody may show to the ledger; 0 is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Ticket {
    /// For what.
    pub object: Id,
    /// The epoch of a loan, or the number of a departure.
    pub number: u8,
    /// The secret.
    pub right: u8,
}

/// Where an owner believes its object to be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "as in the library")]
pub enum OwnerMark {
    #[default]
    NotLent,
    Shared,
    Exclusive,
}

/// An owner's handle.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Owned {
    /// Of what.
    pub object: Id,
    /// The version that it goes on from.
    pub base: u8,
    /// Whether that version is loaded.
    pub loaded: bool,
    /// Where the object is.
    pub mark: OwnerMark,
}

/// A borrower's handle.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Lease {
    /// Of what.
    pub object: Id,
    /// The fencing token of an exclusive one.
    pub token: u8,
    /// The version that it reads, or goes on from.
    pub version: u8,
    /// Whether its lender took it back.
    pub revoked: bool,
}

/// Whether a process lives, and who is in its slot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Liveness {
    /// It has its slot's lock.
    #[default]
    Alive,
    /// The lock is free, or its recoverer's; what it held is there.
    Dead {
        /// Who recovers it.
        by: Option<u8>,
    },
    /// Nobody is in the slot.
    Empty,
}

/// What a process remembers in the middle of a command.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Memory {
    pub(crate) object: Id,
    pub(crate) shown: Ticket,
    pub(crate) saw: StateWord,
    pub(crate) owner: OwnerWord,
    pub(crate) token: u8,
    /// The record that a new object goes to, or a moved one.
    pub(crate) new: u8,
    pub(crate) version: u8,
    /// The slot that is recovered.
    pub(crate) dead: u8,
    /// The record that a recoverer is at.
    pub(crate) nth: u8,
    pub(crate) publication: Publication,
}

/// A commit on its way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Publication {
    pub(crate) slot: u8,
    pub(crate) version: u8,
    pub(crate) target: Mode,
}

/// How deep a command's parts go.
pub(crate) const DEPTH: usize = 4;

/// A process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Process {
    /// Whether it lives.
    pub life: Liveness,
    /// Where it is; the last that is not `Idle` is what it does now, the others are where it goes back to.
    pub(crate) stack: [At; DEPTH],
    pub(crate) memory: Memory,
    /// How many more commands it may begin.
    pub left: u8,
    /// What it owns.
    pub owned: Option<Owned>,
    /// What it reads.
    pub shared: Option<Lease>,
    /// What it writes.
    pub exclusive: Option<Lease>,
    /// What it waits to write.
    pub reserved: Option<Lease>,
}

impl Process {
    /// Whether it lives and is in no command.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.life == Liveness::Alive && self.stack[0] == At::Idle
    }

    /// Where it is.
    #[must_use]
    pub fn at(&self) -> At {
        self.stack.iter().rev().copied().find(|at| *at != At::Idle).unwrap_or_default()
    }

    fn top(&mut self) -> &mut At {
        let nth = self.stack.iter().rposition(|at| *at != At::Idle).unwrap_or(0);
        &mut self.stack[nth]
    }

    pub(crate) fn goto(&mut self, at: At) {
        *self.top() = at;
    }

    /// Goes through `part`, and comes back at `then`.
    pub(crate) fn call(&mut self, part: At, then: At) {
        self.goto(then);
        let free = self.stack.iter().position(|at| *at == At::Idle).unwrap_or(DEPTH - 1);
        self.stack[free] = part;
    }

    /// This part is done.
    pub(crate) fn back(&mut self) {
        self.goto(At::Idle);
        if self.stack[0] == At::Idle {
            self.memory = Memory::default();
        }
    }
}

/// Everything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct State {
    /// The ledger's.
    pub records: [Record; RECORDS],
    /// Versions written and not yet committed, by slot and record, a bit for each.
    pub staged: [[u32; RECORDS]; SLOTS],
    /// Who uses it.
    pub processes: [Process; SLOTS],
    /// Tickets that were made: the newest and the one before, of each kind.
    pub issued: IssuedTickets,
    /// How many departures there were, so that each has a secret of its own.
    pub departures: u8,
    /// How many more may be killed.
    pub kills: u8,
    /// How many more may come back.
    pub returns: u8,
    /// The first invariant that did not hold.
    pub broken: Option<&'static str>,
}

/// What was heard of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "a kind each")]
pub struct IssuedTickets {
    pub shared: [Ticket; 2],
    pub exclusive: [Ticket; 2],
    pub sent: [Ticket; 2],
    pub key: Id,
}

impl State {
    pub(crate) fn require(&mut self, sentence: &'static str, holds: bool) {
        if !holds && self.broken.is_none() {
            self.broken = Some(sentence);
        }
    }

    pub(crate) fn alive(&self) -> impl Iterator<Item = &Process> {
        self.processes.iter().filter(|process| process.life == Liveness::Alive)
    }

    /// Kills a process. What it had in its own memory is gone, with the locks that it held.
    pub(crate) fn kill(&mut self, who: usize) {
        let left = self.processes[who].left;
        self.processes[who] = Process { life: Liveness::Dead { by: None }, left, ..Process::default() };
        for process in &mut self.processes {
            if process.life == (Liveness::Dead { by: Some(who as u8) }) {
                process.life = Liveness::Dead { by: None };
            }
        }
    }
}

impl IssuedTickets {
    pub(crate) fn issue(kind: &mut [Ticket; 2], ticket: Ticket) {
        if kind[0] != ticket {
            *kind = [ticket, kind[0]];
        }
    }
}

macro_rules! positions {
    ($($(#[$meta:meta])* $at:ident $($point:literal)?),* $(,)?) => {
        /// Where a process stands in a command: behind the crash point of that name, or between two words.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
        #[allow(missing_docs, reason = "their points are the ledger's")]
        pub enum At {
            /// In no command.
            #[default]
            Idle,
            $($(#[$meta])* $at,)*
        }

        impl At {
            /// All of them.
            pub const ALL: &'static [At] = &[$(At::$at),*];

            /// The name of the crash point, where the ledger has one.
            #[must_use]
            pub fn point(self) -> Option<&'static str> {
                match self {
                    At::Idle => None,
                    $(At::$at => positions!(@ $($point)?),)*
                }
            }
        }
    };
    (@) => { None };
    (@ $point:literal) => { Some($point) };
}

positions! {
    // own
    Put, PutTaken "put.taken", PutWritten "put.written", PutBirth "put.birth", PutCurrent "put.current",
    PutOwner "put.owner", PutIdle "put.idle",
    DropOwner, Disown, DropDoomed "drop.doomed", DropDisowned "drop.disowned", Dropped,
    Send, SendTicket "send.ticket", SendSent "send.sent",
    Claim, ClaimLooked "claim.looked", ClaimFits, ClaimMine "claim.mine",
    Sweep, SweepSeen, SweepClaimed "sweep.claimed",
    // lend
    Lend, LendOpened "lend.opened",
    Offer, OfferTicket "offer.ticket", LendOffered "lend.offered",
    Reissue, ReissueVoid "reissue.void", ReissueTicket "reissue.ticket",
    End, EndClosing "end.closing", EndLooked, EndUnread "end.unread", EndNoted "end.noted", EndIdle "end.idle", Ended,
    Revoke, RevokeLooked, RevokeUnread, RevokeIdle "revoke.idle", Revoked,
    Move, MoveTaken, MoveLinked "move.linked", MoveBirth, MoveCurrent, MoveOwner, MoveIdle "move.idle", Moved,
    // borrow
    Redeem, RedeemKnown, RedeemLooked "redeem.looked", RedeemBit "borrow.bit", RedeemGranted "redeem.granted",
    Return, BitTaken "clear.bit", ReturnCleared "return.cleared",
    Take, TakeKnown, TakeLooked "take.looked", TakeFits, TakeSame, TakeVersion, TakeExclusive "redeem.exclusive",
    // commit
    Abort, AbortLeft "abort.left",
    Commit, CommitKnown, CommitLooked "commit.looked", CommitStaged "commit.staged",
    CommitNamed "commit.named", CommitLost, CommitUnnamed "unstage.unnamed", TooLate, TooLateLeft,
    CommitSwapped "commit.swapped", Committed,
    Write, WriteStaged "flush.staged", WriteNamed "commit.named", WriteVoided, WriteLost, WriteSwapped "flush.swapped", Written,
    EndWriter, EndWriterSwap, EndWriterLeft "leave.left",
    Roll, RollPrev "commit.prev", RollCurrent "commit.current", RollRemoved, RollUnlinked "commit.unlinked",
    RollUnstaged "commit.unstaged",
    // unowned
    Detach, LeaveOpen "leave.open", LeaveKind "leave.kind",
    Share "share.begun", ShareSettled, ShareOpen, ShareLooked "share.looked", ShareBit, ShareGranted, ShareAgain,
    Reserve, ReserveSettled, ReserveOpen, ReserveLooked "reserve.looked", ReservePending "reserve.pending",
    Grant, GrantDoomed, GrantFenced, GrantUnread "grant.unread", GrantGranted "grant.granted",
    Adopt, AdoptSettled, AdoptOpen, AdoptLooked "adopt.looked", AdoptBegun "adopt.begun", AdoptOwner, AdoptUnread,
    AdoptMine "adopt.mine", AdoptIdle, AdoptBack,
    Evict, EvictSettled, EvictOpen "evict.settled", EvictLooked "evict.looked", EvictDoomed "evict.doomed",
    // reclaim
    Reclaim, ReclaimDoomed, ReclaimDisowned, ReclaimUnread, ReclaimTaken "reclaim.taken", ReclaimCurrent,
    ReclaimRemoved "reclaim.removed", ClearBirth "clear.birth", ClearOwner, ClearTicket, ClearPrev "clear.prev",
    ReclaimCleared "reclaim.cleared",
    // allocate
    UndoInit, UndoInitRemoved "undo.removed", UndoInitBirth, UndoInitOwner, UndoInitTicket, UndoInitPrev,
    UndoInitCleared "undo.cleared",
    // recover
    Recover, RecoverWriter, RecoverLeaves "recover.writer", RecoverBit, RecoverBitCleared "recover.bit", RecoverOwner,
    RecoverDoomed "recover.doomed", RecoverDisowned "recover.disowned", RecoverReclaim, RecoverNext,
    RecoverRecords "recover.records", RecoverLost "recover.lost", RecoverUnnamed "unstage.unnamed",
    RecoverStage,
}
