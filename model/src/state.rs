//! The state of the model: records, processes, and issued tickets.

use crate::words::{Mode, OwnerWord, RECORDS, Record, SLOTS, StateWord};

/// An object's id, as it is in handles and tickets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Id {
    /// The index of the object's record.
    pub record: u8,
    /// The epoch at which the record was given to the object.
    pub birth: u8,
}

/// A ticket. A number or right that the ticket does not have is 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Ticket {
    /// The object.
    pub object: Id,
    /// The epoch of a loan, or the number of a departure.
    pub number: u8,
    /// The secret of a ticket that can be used once.
    pub right: u8,
}

/// How the object is lent, as far as its owner knows.
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
    /// The object.
    pub object: Id,
    /// The version that the owner's next commit builds on.
    pub base: u8,
    /// Whether the version `base` is loaded.
    pub loaded: bool,
    /// How the object is lent, as far as the owner knows.
    pub mark: OwnerMark,
}

/// A borrower's handle.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Lease {
    /// The object.
    pub object: Id,
    /// The fencing token, if the lease is exclusive.
    pub token: u8,
    /// The version that a reader reads, or that a writer's commit builds on.
    pub version: u8,
    /// Whether the lender has revoked the loan. Only exclusive leases are marked.
    pub revoked: bool,
}

/// Whether the process in a slot lives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Liveness {
    /// The process has its slot's lock.
    #[default]
    Alive,
    /// The lock is free, or a recoverer has it. What the process held is there until it is recovered.
    Dead {
        /// The slot of the recoverer.
        by: Option<u8>,
    },
    /// No process is in the slot.
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
    /// The new record of an object that is moved.
    pub(crate) new: u8,
    pub(crate) version: u8,
    /// The slot that is recovered.
    pub(crate) dead: u8,
    /// The record that a recoverer is looking at.
    pub(crate) nth: u8,
    pub(crate) publication: Publication,
    /// Whether the writer keeps the borrow after its commit.
    pub(crate) keeps: bool,
}

/// A writer's end that still has to be completed: of a commit that has happened, or without a commit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Publication {
    pub(crate) slot: u8,
    pub(crate) version: u8,
    pub(crate) target: Mode,
}

/// How many parts of a command can be nested in each other.
pub(crate) const DEPTH: usize = 4;

/// A process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Process {
    /// Whether the process lives.
    pub life: Liveness,
    /// A stack of positions. The last position that is not `Idle` is the current one. Each position before it is where
    /// the process goes on when the part above that position has ended.
    pub(crate) stack: [At; DEPTH],
    pub(crate) memory: Memory,
    /// How many more commands the process may give.
    pub left: u8,
    /// The object that the process owns.
    pub owned: Option<Owned>,
    /// The process's shared borrow.
    pub shared: Option<Lease>,
    /// The process's exclusive borrow.
    pub exclusive: Option<Lease>,
    /// The process's reservation of an object without an owner.
    pub reserved: Option<Lease>,
}

impl Process {
    /// Returns whether the process lives and is in no command.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.life == Liveness::Alive && self.stack[0] == At::Idle
    }

    /// Returns the current position; `Idle` if the process is in no command.
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

    /// Calls `part`. When `part` has ended, the process goes on at `then`.
    pub(crate) fn call(&mut self, part: At, then: At) {
        self.goto(then);
        let free = self.stack.iter().position(|at| *at == At::Idle).unwrap_or(DEPTH - 1);
        self.stack[free] = part;
    }

    /// Ends the current part. If this ends the command, the process forgets its memory.
    pub(crate) fn back(&mut self) {
        self.goto(At::Idle);
        if self.stack[0] == At::Idle {
            self.memory = Memory::default();
        }
    }
}

/// The whole state of the model.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct State {
    /// The ledger's records.
    pub records: [Record; RECORDS],
    /// The entries of the stages: for each slot and record, a bit for each version.
    pub staged: [[u32; RECORDS]; SLOTS],
    /// The processes.
    pub processes: [Process; SLOTS],
    /// The tickets that were made, the newest two of each kind, and the newest key.
    pub issued: IssuedTickets,
    /// How many departures there were. Each departure has another secret.
    pub departures: u8,
    /// How many more times processes may be killed.
    pub kills: u8,
    /// How many more times new processes may take a slot that was left.
    pub returns: u8,
    /// The first invariant that does not hold.
    pub broken: Option<&'static str>,
}

/// The tickets, and the key, that processes can use.
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

    /// Kills the process in `slot`. The process's memory and locks are gone.
    pub(crate) fn kill(&mut self, slot: usize) {
        let left = self.processes[slot].left;
        self.processes[slot] = Process { life: Liveness::Dead { by: None }, left, ..Process::default() };
        for process in &mut self.processes {
            if process.life == (Liveness::Dead { by: Some(slot as u8) }) {
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
        /// A position in a command: at a named crash point, or between two accesses to words.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
        #[allow(missing_docs, reason = "their points are the ledger's")]
        pub enum At {
            /// The process is in no command.
            #[default]
            Idle,
            $($(#[$meta])* $at,)*
        }

        impl At {
            /// All positions but `Idle`.
            pub const ALL: &'static [At] = &[$(At::$at),*];

            /// Returns the name of the crash point at this position, if the ledger has one there.
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
    Write, WriteReserve, WriteReserved "flush.token", WriteStaged "flush.staged", WriteNamed "commit.named", WriteVoided,
    WriteLost, WriteSwapped "flush.swapped", Written,
    EndWriter, EndWriterSwap, EndWriterLeft "leave.left",
    Roll, RollPrev "commit.prev", RollCurrent "commit.current", RollRemoved, RollUnlinked "commit.unlinked",
    RollUnstaged "commit.unstaged",
    // unowned
    Detach, LeaveOpen "leave.open", LeaveKind "leave.kind",
    Share "share.begun", ShareStable, ShareOpen, ShareLooked "share.looked", ShareBit, ShareGranted, ShareAgain,
    Reserve, ReserveStable, ReserveOpen, ReserveLooked "reserve.looked", ReservePending "reserve.pending",
    Grant, GrantDoomed, GrantFenced, GrantUnread "grant.unread", GrantGranted "grant.granted",
    Adopt, AdoptStable, AdoptOpen, AdoptLooked "adopt.looked", AdoptBegun "adopt.begun", AdoptOwner, AdoptUnread,
    AdoptMine "adopt.mine", AdoptIdle, AdoptBack,
    Evict, EvictStable, EvictOpen "evict.stable", EvictLooked "evict.looked", EvictDoomed "evict.doomed",
    DetachLasting, LastingOpen "lasting.open", LastingDetached "lasting.detached", LastingLooked,
    OpenLate,
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
