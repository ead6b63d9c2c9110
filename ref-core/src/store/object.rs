//! One owned object, of whatever type: its place in the ledger, which version this process knows, what it has lent.
//!
//! The value itself is with the handle above. Two rules tie them together:
//! * a value that is loaded may be read;
//! * `dirty` means that the loaded value is newer than `base`; it is false whenever something is lent.

use super::Store;
use crate::backend::{Caller, Liveness, refuse};
use crate::error::DetachedKey;
use crate::event;
use crate::id::{Epoch, ObjectId, Right};
use crate::ledger::{Command, Refusal, Reply};
use crate::sync::{Arc, Condvar, Mutex, MutexGuard, get_mut, lock};
use crate::{Error, ErrorKind, Result};
use std::fmt;
use std::panic::Location;

/// The owner's record of its object. Dropping it removes the object.
pub(crate) struct RawOwned {
    store: Store,
    /// Whether the session lives that owns the object, where that can end before this handle does.
    liveness: Option<Arc<Liveness>>,
    state: Mutex<OwnerState>,
    /// A [turn](Self::take_turn) is over.
    pub(super) turned: Condvar,
    /// Whether this is still the owner: not after the object was sent, taken out or released.
    owning: bool,
}

/// What an owner knows.
#[derive(Debug)]
pub(crate) struct OwnerState {
    pub(crate) object: ObjectId,
    /// The version that the loaded value was read from or written as.
    pub(crate) base: Epoch,
    /// Whether the loaded value was, or may have been, changed since.
    pub(crate) dirty: bool,
    /// Whether a thread reads or writes the value; see [`turn`](super::turn).
    pub(super) turn_taken: bool,
    pub(crate) lent: LentState,
    /// What the owner's drop does with the object: `None` removes it. Boxed, since every refusal carries the whole handle.
    pub(crate) left: Option<Box<LeaveBehind>>,
}

/// The object is left behind, detached: its loan could not be ended, and that error may be passed on by `?`.
#[derive(Clone, Debug)]
pub(crate) struct LeaveBehind {
    /// Writes the object's key as text.
    pub(crate) name: fn(&Store, ObjectId) -> String,
    /// Where errors read the key's text.
    pub(crate) key: DetachedKey,
}

/// What an owner remembers to have lent, its loan handles being forgotten or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LentState {
    /// Nothing.
    Idle,
    /// A shared loan, by so many handles. `open`: its tickets can be redeemed.
    Shared { epoch: Epoch, handles: u32, open: bool },
    /// An exclusive loan. The value is not loaded.
    Exclusive,
}

/// What a loan left behind.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Closed {
    /// The version that a borrower committed, if one did.
    pub(crate) committed: Option<Epoch>,
    /// Whether an exclusive loan's ticket was redeemed.
    pub(crate) redeemed: bool,
}

impl RawOwned {
    /// An object that this process owns, at home.
    pub(crate) fn new(store: Store, object: ObjectId, base: Epoch) -> Self {
        let state = OwnerState { object, base, dirty: false, turn_taken: false, lent: LentState::Idle, left: None };
        let liveness = store.backend().liveness();
        Self { store, liveness, state: Mutex::new(state), turned: Condvar::new(), owning: true }
    }

    /// Whether the session is known to be over: nothing can be changed any more.
    #[inline]
    pub(crate) fn is_over(&self) -> bool {
        self.liveness.as_ref().is_some_and(|liveness| liveness.is_over())
    }

    /// Lets go of an object that the store does not let this session drop any more.
    pub(crate) fn give_up(&mut self) {
        self.owning = false;
    }

    /// Becomes the owner again, as another session, of what the first one lost. Answers whether a loaded value is stale.
    pub(crate) fn reattach(&mut self, store: &Store, at: Caller) -> Result<bool> {
        let (_, state) = self.parts();
        let (object, base, dirty) = (state.object, state.base, state.dirty);
        if dirty && store.backend().current(object)? != base {
            return Err(refuse(object, Command::OwnerCommit { base }, Refusal::Diverged, Vec::new()));
        }
        let version = match store.backend().apply(object, Command::Adopt, &[], at)? {
            Reply::Version(version) => version,
            reply => return Err(unexpected(reply)),
        };
        let known = if dirty { base } else { version };
        let state = OwnerState { object, base: known, dirty, turn_taken: false, lent: LentState::Idle, left: None };
        let (liveness, state) = (store.backend().liveness(), Mutex::new(state));
        self.owning = false; // as the session that lost it
        *self = Self { store: store.clone(), liveness, state, turned: Condvar::new(), owning: true };
        Ok(version != base && !dirty)
    }

    pub(crate) fn store(&self) -> &Store {
        &self.store
    }

    /// Locks what the owner knows. Never while user code runs: that may ask the same owner.
    pub(crate) fn lock(&self) -> MutexGuard<'_, OwnerState> {
        lock(&self.state)
    }

    /// The store, and the state without locking it: `&mut` is exclusive already.
    #[inline]
    pub(crate) fn parts(&mut self) -> (&Store, &mut OwnerState) {
        (&self.store, get_mut(&mut self.state))
    }

    /// Brings the object home if it is lent.
    pub(crate) fn end_loan_if_lent(&mut self, at: Caller) -> Result<()> {
        if !self.forget_handles() {
            return Ok(());
        }
        let (store, state) = self.parts();
        state.end(store, at).map(|_closed| ())
    }

    /// `&mut` proves that no loan handle is in use: each was dropped or forgotten. Answers whether something is lent.
    pub(crate) fn forget_handles(&mut self) -> bool {
        let (_, state) = self.parts();
        if let LentState::Shared { handles, .. } = &mut state.lent {
            *handles = 0;
        }
        state.lent != LentState::Idle
    }

    /// Leaves the object to whoever has its key.
    pub(crate) fn detach(&mut self, at: Caller) -> Result<ObjectId> {
        let object = get_mut(&mut self.state).object;
        match self.store.backend().apply(object, Command::Detach, &[], at)? {
            Reply::Done => {
                self.owning = false;
                Ok(object)
            }
            reply => Err(unexpected(reply)),
        }
    }

    /// Revokes the loan if it is still held, detaches the object, and writes the key for `left.key`. After a failure the
    /// object stays this session's: nothing is removed on behalf of an error.
    fn leave_behind(&mut self, left: &LeaveBehind, at: Caller) -> Result<()> {
        if self.forget_handles() {
            let (store, state) = self.parts();
            if state.end(store, at).is_err() {
                state.revoke(store, at)?;
            }
        }
        let object = self.detach(at)?;
        let _told_once = left.key.set((left.name)(&self.store, object));
        Ok(())
    }

    /// Sends the object away, for whoever has the ticket of that `right`.
    pub(crate) fn send(&mut self, right: Right, at: Caller) -> Result<u64> {
        let object = get_mut(&mut self.state).object;
        match self.store.backend().apply(object, Command::Send { right }, &[], at)? {
            Reply::Sent { seq } => {
                self.owning = false;
                Ok(seq)
            }
            reply => Err(unexpected(reply)),
        }
    }

    /// Gives the object up. It goes when its last borrower does.
    pub(crate) fn release(&mut self, at: Caller) -> Result<()> {
        let object = get_mut(&mut self.state).object;
        self.store.backend().apply(object, Command::DropOwner, &[], at)?;
        self.owning = false;
        Ok(())
    }
}

impl Drop for RawOwned {
    fn drop(&mut self) {
        if !self.owning || !self.store.backend().is_opener() {
            return;
        }
        let at = Location::caller();
        let dropped = match get_mut(&mut self.state).left.take() {
            Some(left) => self.leave_behind(&left, at),
            None => self.release(at),
        };
        if let Err(error) = dropped {
            event::not_given_back("an owned object", &error);
        }
    }
}

impl OwnerState {
    /// Writes `bytes` as the next version.
    pub(crate) fn write(&mut self, store: &Store, bytes: &[u8], at: Caller) -> Result<()> {
        let command = Command::OwnerCommit { base: self.base };
        match store.backend().apply(self.object, command, bytes, at)? {
            Reply::Version(version) => {
                (self.base, self.dirty) = (version, false);
                Ok(())
            }
            reply => Err(unexpected(reply)),
        }
    }

    /// Opens a shared loan, or joins the one that is open; answers its epoch.
    pub(crate) fn lend(&mut self, store: &Store, at: Caller) -> Result<Epoch> {
        let epoch = opened(store.backend().apply(self.object, Command::OpenShared, &[], at)?)?;
        let others = match self.lent {
            LentState::Shared { handles, .. } => handles,
            LentState::Idle | LentState::Exclusive => 0,
        };
        self.lent = LentState::Shared { epoch, handles: others.saturating_add(1), open: true };
        Ok(epoch)
    }

    /// Opens an exclusive loan for whoever has the ticket of that `right`.
    pub(crate) fn lend_mut(&mut self, store: &Store, right: Right, at: Caller) -> Result<()> {
        opened(store.backend().apply(self.object, Command::OpenExclusive { right }, &[], at)?)?;
        self.lent = LentState::Exclusive;
        Ok(())
    }

    /// Ends the loan. A conflict changes nothing here, but nobody can redeem a shared ticket from now on.
    pub(crate) fn end(&mut self, store: &Store, at: Caller) -> Result<Closed> {
        if let LentState::Shared { open, .. } = &mut self.lent {
            *open = false;
        }
        match store.backend().apply(self.object, Command::End, &[], at)? {
            Reply::Ended { version, redeemed } => Ok(self.close_loan(version, redeemed)),
            reply => Err(unexpected(reply)),
        }
    }

    /// Ends the loan whoever holds it.
    pub(crate) fn revoke(&mut self, store: &Store, at: Caller) -> Result<Closed> {
        match store.backend().apply(self.object, Command::Revoke, &[], at)? {
            Reply::Revoked { version, moved: None } => Ok(self.close_loan(version, true)),
            Reply::Revoked { version, moved: Some(object) } => {
                // The same bytes under another name: what is shared is not changed.
                (self.object, self.base) = (object, version);
                Ok(self.close_loan(version, true))
            }
            reply => Err(unexpected(reply)),
        }
    }

    fn close_loan(&mut self, version: Epoch, redeemed: bool) -> Closed {
        let committed = Some(version).filter(|&version| version != self.base);
        (self.base, self.lent) = (version, LentState::Idle);
        Closed { committed, redeemed }
    }
}

impl fmt::Display for LentState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Idle => "no",
            Self::Shared { .. } => "shared",
            Self::Exclusive => "exclusive",
        })
    }
}

fn opened(reply: Reply) -> Result<Epoch> {
    match reply {
        Reply::Opened(epoch) => Ok(epoch),
        reply => Err(unexpected(reply)),
    }
}

/// The ledger's answer to another question: its memory is damaged, or this crate is wrong.
pub(crate) fn unexpected(reply: Reply) -> Error {
    Error::new(ErrorKind::Corrupt, format!("the store's ledger gave an answer that does not fit: {reply:?}"))
}
