//! The reference for a backend: the ledger's [`step`] runs the same commands, and the backend has to return the same
//! results.
//!
//! Results are compared up to numbers and ids. A backend may number epochs and departures in its own way, as long as
//! the numbers are in the same order. An object may go on under another id after a revocation.

use crate::error::{ErrorKind, HeldAs};
use crate::id::{Epoch, ObjectId};
use crate::ledger::{Command, Object, Orphans, Reader, Refusal, Reply, SessionId, settle, step};
use std::collections::{BTreeMap, BTreeSet};

/// What a backend returned, as far as a program can tell.
pub(crate) type Told = Result<Reply, (ErrorKind, Option<HeldAs>)>;

/// One command to a backend, and what the backend returned, in the backend's numbers.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) session: SessionId,
    pub(crate) at: ObjectId,
    pub(crate) command: Command,
    pub(crate) told: Told,
}

/// How closely refusals are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Care {
    /// By their kind, and conflicts also by how the object is held.
    Exact,
    /// By their kind only: with several threads, the holders may change between a refusal and the look for its reason.
    Kind,
}

/// The state of one object by the ledger's rules, and the backend's numbers for the numbers in that state.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Reference {
    pub(crate) object: Object,
    /// The object's present id.
    pub(crate) id: ObjectId,
    pub(crate) epochs: Renaming,
    pub(crate) seqs: Renaming,
    /// For each move of the object to another id: the version's number after the move, and its number before the move.
    moved: Vec<(Epoch, Epoch)>,
    dead: BTreeSet<SessionId>,
    /// How many shared borrows of each loan a session has.
    borrows: BTreeMap<Reader, u32>,
}

impl Reference {
    /// Returns the reference of an object that `owner` has just put.
    pub(crate) fn new(id: ObjectId, owner: SessionId, version: Epoch) -> Self {
        let mut object = Object::default();
        step(&mut object, &|_| false, owner, Command::Put).unwrap();
        let mut epochs = Renaming::default();
        epochs.learn(version.0, object.version.0);
        let (seqs, moved, dead, borrows) = Default::default();
        Self { object, id, epochs, seqs, moved, dead, borrows }
    }

    /// Ends the session in good order, as a server does when the session is dropped: what the session owns is dropped.
    pub(crate) fn leave(&mut self, session: SessionId) {
        let is_dead = |s| self.dead.contains(&s);
        let _not_the_owner = step(&mut self.object, &is_dead, session, Command::DropOwner);
        self.die(session);
    }

    pub(crate) fn die(&mut self, session: SessionId) {
        self.dead.insert(session);
        self.borrows.retain(|&(holder, _), _| holder != session);
        settle(Orphans::Reclaim, &mut self.object, &|s| self.dead.contains(&s));
    }

    /// Ends the session as lost. If the session owned the object, the object waits to be reattached or adopted.
    pub(crate) fn lose(&mut self, session: SessionId) {
        self.dead.insert(session);
        self.borrows.retain(|&(holder, _), _| holder != session);
        settle(Orphans::Adopt, &mut self.object, &|s| self.dead.contains(&s));
    }

    /// Returns the current version, in the backend's numbers.
    pub(crate) fn version(&self) -> Epoch {
        let first = Epoch(self.epochs.theirs(self.object.version.0));
        self.moved.iter().fold(first, |name, &(now, before)| if name == before { now } else { name })
    }

    /// Returns the number under which a version was made, from its number after any moves of the object.
    fn unmoved(&self, version: Epoch) -> Epoch {
        self.moved.iter().rev().fold(version, |name, &(now, before)| if name == now { before } else { name })
    }

    /// Runs the command of `seen`. Fails if the ledger has another result.
    pub(crate) fn explain(&mut self, seen: &Seen, care: Care) -> Result<(), String> {
        let expected = self.result(seen.session, self.in_our_numbers(seen.command));
        if self.agree(expected, seen, care) { Ok(()) } else { Err(format!("{seen:?}, and the ledger: {expected:?}")) }
    }

    /// Like [`explain`](Self::explain), but `asking` counts as a holder while the command runs.
    pub(crate) fn explain_beside(&mut self, asking: SessionId, seen: &Seen, care: Care) -> Result<(), String> {
        let asks = (asking, Some(Epoch(u64::MAX))); // a loan that the reference never opens
        self.object.holders.insert(asks);
        let explained = self.explain(seen, care);
        self.object.holders.remove(&asks);
        self.object.stale.remove(&asks);
        explained
    }

    /// Runs an `End`. Returns whether that closed a shared loan to new borrowers without ending the loan. If not, the
    /// loan may be over, and the caller has to discard this reference.
    pub(crate) fn close(&mut self, session: SessionId) -> bool {
        let before = self.object.loan;
        let result = self.result(session, Command::End);
        result.is_err() && self.object.loan != before
    }

    /// Returns the loans of which the session has a shared borrow, in the backend's numbers.
    pub(crate) fn borrowed(&self, session: SessionId) -> impl Iterator<Item = Option<Epoch>> {
        let of = self.borrows.keys().filter(move |(holder, _)| *holder == session);
        of.map(|(_, loan)| loan.map(|epoch| Epoch(self.epochs.theirs(epoch.0))))
    }

    /// Runs a command. Counts the borrows that a session has of a loan: only the return of the last one reaches the
    /// ledger.
    fn result(&mut self, session: SessionId, command: Command) -> Result<Reply, Refusal> {
        if let Command::Return { loan } = command {
            let left = self.borrows.remove(&(session, loan)).unwrap_or(1) - 1;
            if left > 0 {
                self.borrows.insert((session, loan), left);
                return Ok(Reply::Done);
            }
        }
        let result = step(&mut self.object, &|s| self.dead.contains(&s), session, command);
        if let Ok(Reply::Shared { .. }) = result {
            let loan = command.shared_loan();
            *self.borrows.entry((session, loan)).or_default() += 1;
        }
        result
    }

    fn in_our_numbers(&self, command: Command) -> Command {
        let ours = |epoch: Epoch| Epoch(self.epochs.ours(self.unmoved(epoch).0));
        match command {
            Command::RedeemShared { epoch } => Command::RedeemShared { epoch: ours(epoch) },
            Command::Return { loan } => Command::Return { loan: loan.map(ours) },
            Command::Abort { token } => Command::Abort { token: ours(token) },
            Command::Commit { token } => Command::Commit { token: ours(token) },
            Command::Checkpoint { token } => Command::Checkpoint { token: ours(token) },
            // After the move, the version's old number is not the current version any more, and a backend refuses the
            // old number as a base. `unmoved` would map it to the current version. So the base becomes a number that
            // the reference refuses too.
            Command::OwnerCommit { base } if self.moved.iter().any(|(_, before)| *before == base) => {
                Command::OwnerCommit { base: Epoch(u64::MAX) }
            }
            Command::OwnerCommit { base } => Command::OwnerCommit { base: ours(base) },
            Command::Claim { seq, right } => Command::Claim { seq: self.seqs.ours(seq), right },
            other => other,
        }
    }

    fn agree(&mut self, expected: Result<Reply, Refusal>, seen: &Seen, care: Care) -> bool {
        match (expected, seen.told) {
            (Ok(expected), Ok(reply)) => self.agree_reply(expected, reply),
            (Err(refusal), Err((kind, held))) => {
                let (expected, holding) = of(refusal);
                // An object that has moved is gone under its former id.
                let gone = seen.at != self.id && kind == ErrorKind::Gone;
                gone || kind == expected && (care == Care::Kind || holding.is_none() || held == holding)
            }
            _ => false,
        }
    }

    fn agree_reply(&mut self, expected: Reply, reply: Reply) -> bool {
        match (expected, reply) {
            (Reply::Done, Reply::Done) => true,
            (Reply::Opened(ours), Reply::Opened(theirs)) | (Reply::Version(ours), Reply::Version(theirs)) => {
                self.learn(theirs, ours)
            }
            (Reply::Shared { version: ours }, Reply::Shared { version: theirs })
            | (Reply::Adopted { version: ours, .. }, Reply::Adopted { version: theirs, .. }) => {
                self.learn(theirs, ours)
            }
            (Reply::Exclusive { token: t, version: v }, Reply::Exclusive { token, version }) => {
                self.learn(token, t) && self.learn(version, v)
            }
            (Reply::Ended { version: v, redeemed: r }, Reply::Ended { version, redeemed }) => {
                r == redeemed && self.learn(version, v)
            }
            (Reply::Revoked { version: v, .. }, Reply::Revoked { version, moved: None }) => self.learn(version, v),
            (Reply::Revoked { .. }, Reply::Revoked { version, moved: Some(id) }) => {
                self.id = id;
                // If `version` were not the number of the current version, the next results would not agree.
                self.moved.push((version, self.version()));
                true
            }
            (Reply::Sent { seq: ours }, Reply::Sent { seq }) => self.seqs.learn(seq, ours),
            _ => false,
        }
    }

    fn learn(&mut self, theirs: Epoch, ours: Epoch) -> bool {
        self.epochs.learn(self.unmoved(theirs).0, ours.0)
    }
}

/// Returns a refusal as a program sees it.
fn of(refusal: Refusal) -> (ErrorKind, Option<HeldAs>) {
    match refusal {
        Refusal::Conflict(held) => (ErrorKind::Conflict, Some(held)),
        Refusal::Expired => (ErrorKind::Expired, None),
        Refusal::AlreadyRedeemed => (ErrorKind::AlreadyRedeemed, None),
        Refusal::Gone => (ErrorKind::Gone, None),
        Refusal::Fenced => (ErrorKind::Fenced, None),
        Refusal::Diverged => (ErrorKind::Diverged, None),
        Refusal::Exhausted => (ErrorKind::Exhausted, None),
    }
}

/// A map from the backend's numbers to the reference's numbers: one to one, and in the same order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Renaming(Vec<(u64, u64)>);

impl Renaming {
    /// Notes that the backend's `theirs` is the reference's `ours`. Returns false if that contradicts what is known.
    fn learn(&mut self, theirs: u64, ours: u64) -> bool {
        let at = self.0.partition_point(|&(known, _)| known < theirs);
        match self.0.get(at) {
            Some(&(known, as_ours)) if known == theirs => return as_ours == ours,
            Some(&(_, next)) if next <= ours => return false,
            _ => {}
        }
        if at > 0 && self.0[at - 1].1 >= ours {
            return false;
        }
        self.0.insert(at, (theirs, ours));
        true
    }

    /// Returns the reference's number for `theirs`. For an unknown number, returns one that the reference never gives
    /// out.
    fn ours(&self, theirs: u64) -> u64 {
        self.0.iter().find(|&&(known, _)| known == theirs).map_or(u64::MAX, |&(_, ours)| ours)
    }

    pub(crate) fn theirs(&self, ours: u64) -> u64 {
        self.0.iter().find(|&&(_, known)| known == ours).map_or(u64::MAX, |&(theirs, _)| theirs)
    }

    /// Returns every pair of a backend's number and the reference's.
    pub(crate) fn known(&self) -> impl Iterator<Item = (u64, u64)> {
        self.0.iter().copied()
    }
}

#[test]
fn numbers_are_renamed_one_to_one_and_in_order() {
    let mut names = Renaming::default();
    assert!(names.learn(10, 1) && names.learn(30, 3) && names.learn(20, 2) && names.learn(20, 2));
    assert!(!names.learn(40, 2) && !names.learn(20, 4) && !names.learn(5, 4) && !names.learn(25, 1));
    assert_eq!((names.ours(30), names.theirs(2), names.ours(11)), (3, 20, u64::MAX));
}
