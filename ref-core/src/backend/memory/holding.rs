//! What the ledger does not need to know of a borrow, and people do: where and when it was taken.

use super::super::Place;
use crate::error::Holder;
use crate::id::Epoch;
use crate::ledger::Session;
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::time::SystemTime;

/// One session's hold on one object.
#[derive(Debug)]
pub(super) struct Holding {
    pub(super) session: Session,
    pub(super) access: Access,
    /// How many borrows: that is the session's private business, the ledger hears of the first and the last.
    count: u32,
    /// What they may read.
    versions: BTreeSet<Epoch>,
    since: SystemTime,
    at: Place,
}

/// How it holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    Ownership,
    Shared,
    Exclusive(Epoch),
}

/// Every session's hold on one object.
#[derive(Debug, Default)]
pub(super) struct Holdings(Vec<Holding>);

impl Holdings {
    /// Another borrow by `session`.
    pub(super) fn take(&mut self, session: Session, access: Access, version: Epoch, at: Place) {
        let same = |holding: &&mut Holding| (holding.session, holding.access) == (session, access);
        match self.0.iter_mut().find(same) {
            Some(holding) => {
                holding.count += 1;
                holding.versions.insert(version);
            }
            None => {
                let versions = BTreeSet::from([version]);
                self.0.push(Holding { session, access, count: 1, versions, since: SystemTime::now(), at });
            }
        }
    }

    /// One borrow less; answers how many are left.
    ///
    /// Which of a session's borrows was given back is not said, so all that they may read is kept to the last.
    pub(super) fn give_back(&mut self, session: Session, access: Access) -> u32 {
        let same = |holding: &Holding| (holding.session, holding.access) == (session, access);
        let Some(place) = self.0.iter().position(same) else { return 0 };
        self.0[place].count -= 1;
        let left = self.0[place].count;
        if left == 0 {
            self.0.swap_remove(place);
        }
        left
    }

    /// Keeps what `keep` says.
    pub(super) fn retain(&mut self, keep: impl Fn(&Holding) -> bool) {
        self.0.retain(keep);
    }

    /// Whether some borrower may still read `version`; an owner reads the current one.
    pub(super) fn may_read(&self, version: Epoch) -> bool {
        self.0.iter().any(|holding| holding.access != Access::Ownership && holding.versions.contains(&version))
    }

    /// The holders among them that `named` says, in the words of an error.
    pub(super) fn name(&self, named: impl Fn(&Holding) -> bool) -> Vec<Holder> {
        self.0.iter().filter(|holding| named(holding)).map(Holding::name).collect()
    }
}

impl Holding {
    fn name(&self) -> Holder {
        let at = format!("{}:{}", self.at.file(), self.at.line());
        Holder { pid: std::process::id(), program: program(), host: None, since: Some(self.since), at: Some(at) }
    }
}

/// This program's file name.
fn program() -> String {
    let path = std::env::current_exe().unwrap_or_default();
    path.file_name().map(OsStr::to_string_lossy).unwrap_or_default().into_owned()
}
