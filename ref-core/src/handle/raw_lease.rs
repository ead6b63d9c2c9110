//! The part of a lease that does not depend on the type of the value.

use crate::backend::{Caller, LocalBorrow, LocalHandle, Pieces};
use crate::error::{AccessKind, Result};
use crate::event;
use crate::id::{Epoch, FencingToken, ObjectId};
use crate::ledger::{Command, Reply};
use crate::store::Store;
use crate::store::object::unexpected;
use std::panic::Location;

/// A lease without its type. The destructor tries to give the borrow back, unless a call has done so, and reports an
/// error by an event. In a forked child the destructor does nothing.
pub(in crate::handle) struct RawLease {
    pub(in crate::handle) store: Store,
    pub(in crate::handle) object: ObjectId,
    /// The version that this lease reads.
    pub(in crate::handle) version: Epoch,
    pub(in crate::handle) kind: LeaseKind,
    /// The caller of the last `borrow_mut`, until a commit or release is tried.
    pub(in crate::handle) changed: Option<Caller>,
    /// Whether the destructor must give the borrow back: the store has granted no commit and no release. A commit that
    /// fails with `CommittedNotReplicated` was granted.
    pub(in crate::handle) open: bool,
    /// The version that this lease has written last: by its commit, or by a checkpoint while it is `open`.
    pub(in crate::handle) written: Option<Epoch>,
    local: LocalHandle,
}

#[derive(Clone, Copy)]
pub(in crate::handle) enum LeaseKind {
    /// The epoch is the loan's; `None` for a borrow by name, which has no loan.
    Shared(Option<Epoch>),
    /// The epoch is the fencing token, which names the version that the next commit or checkpoint makes.
    Exclusive(Epoch),
}

impl RawLease {
    /// Makes a lease that the store has granted.
    #[inline]
    pub(in crate::handle) fn new(store: Store, object: ObjectId, version: Epoch, kind: LeaseKind) -> Self {
        let local = LocalHandle::lease(store.local());
        Self { store, object, version, kind, changed: None, open: true, written: None, local }
    }

    /// Records that `at` borrows the value in this process, if the recording has such borrows.
    #[inline]
    pub(in crate::handle) fn borrowed(&self, access: AccessKind, at: Caller) -> LocalBorrow<'_> {
        self.store.local().begin(self.local, access, || self.object, at)
    }

    /// Returns the token of an exclusive lease. For a shared lease, which has no token, returns the version; no method
    /// of a shared lease calls this.
    pub(in crate::handle) fn token(&self) -> Epoch {
        match self.kind {
            LeaseKind::Exclusive(token) => token,
            LeaseKind::Shared(_) => self.version,
        }
    }

    pub(in crate::handle) fn commit(&mut self, bytes: Pieces<'_>, at: Caller) -> Result<Epoch> {
        let command = Command::Commit { token: self.token() };
        match self.store.backend().apply(self.object, command, bytes, at)? {
            Reply::Version(version) => {
                (self.open, self.written) = (false, Some(version));
                self.confirm(version, at)
            }
            reply => Err(unexpected(reply)),
        }
    }

    /// Returns the version of a commit that was carried out and is made again. Otherwise the drop does not report the
    /// change any more, and no checkpoint counts as this value's: if the commit fails, the value is in no version.
    pub(in crate::handle) fn committed_already(&mut self) -> Option<Epoch> {
        let is_changed = self.changed.take().is_some();
        if is_changed && self.open {
            self.written = None;
        }
        self.written.filter(|_| !is_changed && !self.open)
    }

    /// Has the drop report no change. No checkpoint counts as the value's any more.
    pub(in crate::handle) fn forget_change(&mut self) {
        (self.changed, self.written) = (None, None);
    }

    /// Waits for the replicas of the last checkpoint, and returns its version, if the value was not changed since.
    pub(in crate::handle) fn confirm_checkpoint(&self, at: Caller) -> Option<Result<FencingToken>> {
        let version = self.written.filter(|_| self.changed.is_none() && self.open)?;
        Some(self.confirm(version, at).map(FencingToken))
    }

    /// Commits, and keeps the borrow. Returns the version. The next commit or checkpoint has the next token.
    pub(in crate::handle) fn checkpoint(&mut self, bytes: Pieces<'_>, at: Caller) -> Result<Epoch> {
        let command = Command::Checkpoint { token: self.token() };
        match self.store.backend().apply(self.object, command, bytes, at)? {
            Reply::Exclusive { token, version } => {
                (self.kind, self.version, self.written) = (LeaseKind::Exclusive(token), version, Some(version));
                self.changed = None;
                self.confirm(version, at)
            }
            reply => Err(unexpected(reply)),
        }
    }

    /// Waits until as many replicas as the settings ask for have acknowledged the session's commits, up to that of
    /// `version`. Returns `version`, or `CommittedNotReplicated` if too few acknowledge in time.
    pub(in crate::handle) fn confirm(&self, version: Epoch, at: Caller) -> Result<Epoch> {
        self.store.backend().confirm(self.object, at).map(|()| version)
    }

    #[inline]
    pub(in crate::handle) fn give_back(&mut self, at: Caller) -> Result<()> {
        self.store.backend().apply(self.object, self.return_command(), &[], at)?;
        self.open = false;
        Ok(())
    }

    fn return_command(&self) -> Command {
        match self.kind {
            LeaseKind::Shared(loan) => Command::Return { loan },
            LeaseKind::Exclusive(token) => Command::Abort { token },
        }
    }
}

impl Drop for RawLease {
    #[inline]
    fn drop(&mut self) {
        self.store.local().dropped(self.local, self.object);
        if !self.open {
            return;
        }
        if let Some(at) = self.changed.filter(|_| self.store.backend().is_opener()) {
            event::not_committed(&self.object, at);
        }
        if let Err(error) = self.store.backend().let_go(self.object, self.return_command(), Location::caller()) {
            event::not_given_back("a lease", &error);
        }
    }
}
