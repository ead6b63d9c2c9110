//! How sessions hold an object. The ledger knows only which sessions hold an object, and under which loan or token. A
//! [`Holding`] also has how often a session borrows, which versions the session may read and, for error messages, in
//! which line of code the holding began and when.

use super::super::Caller;
use crate::error::Holder;
use crate::id::Epoch;
use crate::ledger::SessionId;
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::time::SystemTime;

/// How one session holds one object.
#[derive(Debug)]
pub(super) struct Holding {
    pub(super) session: SessionId,
    pub(super) kind: HoldKind,
    /// How many borrows of this kind the session has. Only the return of the last borrow is a command for the ledger.
    count: u32,
    /// The versions that these borrows may read.
    versions: BTreeSet<Epoch>,
    since: SystemTime,
    at: Caller,
}

/// In which way a session holds an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HoldKind {
    Owner,
    /// A borrow of this loan; `None` for a borrow by key or name.
    Shared(Option<Epoch>),
    Exclusive(Epoch),
    /// A reservation, which becomes the borrow of this token.
    Reserved(Epoch),
}

/// How all sessions hold one object.
#[derive(Debug, Default)]
pub(super) struct Holdings(Vec<Holding>);

impl Holdings {
    /// Adds a borrow of `session`, or its ownership.
    pub(super) fn take(&mut self, session: SessionId, kind: HoldKind, version: Epoch, at: Caller) {
        let same = |holding: &&mut Holding| (holding.session, holding.kind) == (session, kind);
        match self.0.iter_mut().find(same) {
            Some(holding) => {
                holding.count += 1;
                holding.versions.insert(version);
            }
            None => {
                let versions = BTreeSet::from([version]);
                self.0.push(Holding { session, kind, count: 1, versions, since: SystemTime::now(), at });
            }
        }
    }

    /// Renames the borrow of `session`, which has `version` in place of the versions before. Does nothing if the session
    /// has no such borrow.
    pub(super) fn rename(&mut self, session: SessionId, from: HoldKind, to: HoldKind, version: Epoch) {
        let same = |holding: &&mut Holding| (holding.session, holding.kind) == (session, from);
        if let Some(holding) = self.0.iter_mut().find(same) {
            (holding.kind, holding.versions) = (to, BTreeSet::from([version]));
        }
    }

    /// Takes one borrow of `session` away. Returns how many borrows of this kind the session has left.
    ///
    /// The caller does not say which of the session's borrows ends. So every version stays readable until the last
    /// borrow ends.
    pub(super) fn give_back(&mut self, session: SessionId, kind: HoldKind) -> u32 {
        let same = |holding: &Holding| (holding.session, holding.kind) == (session, kind);
        let Some(index) = self.0.iter().position(same) else { return 0 };
        self.0[index].count -= 1;
        let left = self.0[index].count;
        if left == 0 {
            self.0.swap_remove(index);
        }
        left
    }

    /// Keeps the holdings for which `keep` returns true.
    pub(super) fn retain(&mut self, keep: impl Fn(&Holding) -> bool) {
        self.0.retain(keep);
    }

    /// Returns whether a borrower may still read `version`. An owner reads only the current version, and a session that
    /// has reserved the object reads none.
    pub(super) fn may_read(&self, version: Epoch) -> bool {
        let reads = |kind| matches!(kind, HoldKind::Shared(_) | HoldKind::Exclusive(_));
        self.0.iter().any(|holding| reads(holding.kind) && holding.versions.contains(&version))
    }

    /// Returns the holders whose holdings satisfy `is_named`, as an error names them: each session once.
    pub(super) fn holders(&self, is_named: impl Fn(&Holding) -> bool) -> Vec<Holder> {
        self.sessions(is_named).into_iter().map(|(_, holder)| holder).collect()
    }

    /// Returns the sessions whose holdings satisfy `is_named`, each once, and their holders as an error names them.
    pub(super) fn sessions(&self, is_named: impl Fn(&Holding) -> bool) -> Vec<(SessionId, Holder)> {
        let mut named = BTreeSet::new();
        let holdings = self.0.iter().filter(|holding| is_named(holding) && named.insert(holding.session));
        holdings.map(|holding| (holding.session, holding.holder())).collect()
    }
}

/// Returns this process, without a line and a time.
pub(super) fn this_process() -> Holder {
    Holder { pid: std::process::id(), program: program(), host: None, since: None, at: None }
}

impl Holding {
    fn holder(&self) -> Holder {
        let at = format!("{}:{}", self.at.file(), self.at.line());
        Holder { since: Some(self.since), at: Some(at), ..this_process() }
    }
}

/// Returns this program's file name; empty if the system does not tell it.
fn program() -> String {
    let path = std::env::current_exe().unwrap_or_default();
    path.file_name().map(OsStr::to_string_lossy).unwrap_or_default().into_owned()
}
