//! One owned object, of whatever type: its place in the ledger, which version this process knows, what it has lent.
//!
//! The value itself is with the handle above. Two rules tie them together:
//! * a value that is loaded may be read;
//! * `dirty` means that the loaded value is newer than `base`; it is false whenever something is lent.

use super::Store;
use crate::backend::{Place, Vital, refuse};
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
    vital: Option<Arc<Vital>>,
    state: Mutex<State>,
    /// A [turn](Self::take_turn) is over.
    pub(super) turned: Condvar,
    /// Whether this is still the owner: not after the object was sent, taken out or released.
    owning: bool,
}

/// What an owner knows.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) object: ObjectId,
    /// The version that the loaded value was read from or written as.
    pub(crate) base: Epoch,
    /// Whether the loaded value was, or may have been, changed since.
    pub(crate) dirty: bool,
    /// Whether a thread reads or writes the value; see [`turn`](super::turn).
    pub(super) in_turn: bool,
    pub(crate) mark: Mark,
    /// What the owner's drop does with the object: `None` removes it. Boxed, since every refusal carries the whole handle.
    pub(crate) left: Option<Box<Left>>,
}

/// The object is left behind, detached: its loan could not be ended, and that error may be passed on by `?`.
#[derive(Clone, Debug)]
pub(crate) struct Left {
    /// Writes the object's key as text.
    pub(crate) name: fn(&Store, ObjectId) -> String,
    /// Where errors read the key's text.
    pub(crate) told: DetachedKey,
}

/// What an owner remembers to have lent, its loan handles being forgotten or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    /// Nothing.
    Home,
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
        let state = State { object, base, dirty: false, in_turn: false, mark: Mark::Home, left: None };
        let vital = store.backend().vital();
        Self { store, vital, state: Mutex::new(state), turned: Condvar::new(), owning: true }
    }

    /// Whether the session is known to be over: nothing can be changed any more.
    #[inline]
    pub(crate) fn is_over(&self) -> bool {
        self.vital.as_ref().is_some_and(|vital| vital.is_over())
    }

    /// Lets go of an object that the store does not let this session drop any more.
    pub(crate) fn give_up(&mut self) {
        self.owning = false;
    }

    /// Becomes the owner again, as another session, of what the first one lost. Answers whether a loaded value is stale.
    pub(crate) fn reattach(&mut self, store: &Store, at: Place) -> Result<bool> {
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
        let state = State { object, base: known, dirty, in_turn: false, mark: Mark::Home, left: None };
        let (vital, state) = (store.backend().vital(), Mutex::new(state));
        self.owning = false; // as the session that lost it
        *self = Self { store: store.clone(), vital, state, turned: Condvar::new(), owning: true };
        Ok(version != base && !dirty)
    }

    pub(crate) fn store(&self) -> &Store {
        &self.store
    }

    /// Locks what the owner knows. Never while user code runs: that may ask the same owner.
    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// The store, and the state without locking it: `&mut` is exclusive already.
    #[inline]
    pub(crate) fn parts(&mut self) -> (&Store, &mut State) {
        (&self.store, get_mut(&mut self.state))
    }

    /// Brings the object home if it is lent.
    pub(crate) fn come_home(&mut self, at: Place) -> Result<()> {
        if !self.forget_handles() {
            return Ok(());
        }
        let (store, state) = self.parts();
        state.end(store, at).map(|_closed| ())
    }

    /// `&mut` proves that no loan handle is in use: each was dropped or forgotten. Answers whether something is lent.
    pub(crate) fn forget_handles(&mut self) -> bool {
        let (_, state) = self.parts();
        if let Mark::Shared { handles, .. } = &mut state.mark {
            *handles = 0;
        }
        state.mark != Mark::Home
    }

    /// Leaves the object to whoever has its key.
    pub(crate) fn detach(&mut self, at: Place) -> Result<ObjectId> {
        let object = get_mut(&mut self.state).object;
        match self.store.backend().apply(object, Command::Detach, &[], at)? {
            Reply::Done => {
                self.owning = false;
                Ok(object)
            }
            reply => Err(unexpected(reply)),
        }
    }

    /// Revokes the loan if it is still held, detaches the object, and writes the key for `left.told`. After a failure the
    /// object stays this session's: nothing is removed on behalf of an error.
    fn leave_behind(&mut self, left: &Left, at: Place) -> Result<()> {
        if self.forget_handles() {
            let (store, state) = self.parts();
            if state.end(store, at).is_err() {
                state.revoke(store, at)?;
            }
        }
        let object = self.detach(at)?;
        let _told_once = left.told.set((left.name)(&self.store, object));
        Ok(())
    }

    /// Sends the object away, for whoever has the ticket of that `right`.
    pub(crate) fn send(&mut self, right: Right, at: Place) -> Result<u64> {
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
    pub(crate) fn release(&mut self, at: Place) -> Result<()> {
        let object = get_mut(&mut self.state).object;
        self.store.backend().apply(object, Command::DropOwner, &[], at)?;
        self.owning = false;
        Ok(())
    }
}

impl Drop for RawOwned {
    fn drop(&mut self) {
        if !self.owning || !self.store.backend().is_home() {
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

impl State {
    /// Writes `bytes` as the next version.
    pub(crate) fn write(&mut self, store: &Store, bytes: &[u8], at: Place) -> Result<()> {
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
    pub(crate) fn lend(&mut self, store: &Store, at: Place) -> Result<Epoch> {
        let epoch = opened(store.backend().apply(self.object, Command::OpenShared, &[], at)?)?;
        let others = match self.mark {
            Mark::Shared { handles, .. } => handles,
            Mark::Home | Mark::Exclusive => 0,
        };
        self.mark = Mark::Shared { epoch, handles: others.saturating_add(1), open: true };
        Ok(epoch)
    }

    /// Opens an exclusive loan for whoever has the ticket of that `right`.
    pub(crate) fn lend_mut(&mut self, store: &Store, right: Right, at: Place) -> Result<()> {
        opened(store.backend().apply(self.object, Command::OpenExclusive { right }, &[], at)?)?;
        self.mark = Mark::Exclusive;
        Ok(())
    }

    /// Ends the loan. A conflict changes nothing here, but nobody can redeem a shared ticket from now on.
    pub(crate) fn end(&mut self, store: &Store, at: Place) -> Result<Closed> {
        if let Mark::Shared { open, .. } = &mut self.mark {
            *open = false;
        }
        match store.backend().apply(self.object, Command::End, &[], at)? {
            Reply::Ended { version, redeemed } => Ok(self.home(version, redeemed)),
            reply => Err(unexpected(reply)),
        }
    }

    /// Ends the loan whoever holds it.
    pub(crate) fn revoke(&mut self, store: &Store, at: Place) -> Result<Closed> {
        match store.backend().apply(self.object, Command::Revoke, &[], at)? {
            Reply::Revoked { version, moved: None } => Ok(self.home(version, true)),
            Reply::Revoked { version, moved: Some(object) } => {
                // The same bytes under another name: what is shared is not changed.
                (self.object, self.base) = (object, version);
                Ok(self.home(version, true))
            }
            reply => Err(unexpected(reply)),
        }
    }

    fn home(&mut self, version: Epoch, redeemed: bool) -> Closed {
        let committed = Some(version).filter(|&version| version != self.base);
        (self.base, self.mark) = (version, Mark::Home);
        Closed { committed, redeemed }
    }
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Home => "no",
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
