//! One owned object of any type: its id, the version that this process knows, and what is lent.
//!
//! The typed handle, [`Owned`](crate::Owned), has the value itself. Two rules connect the handle and [`RawOwned`]:
//! * a value that is loaded may be read without a command to the store;
//! * `unwritten` says whether the loaded value may be newer than `base`; it is `Nothing` whenever the object is lent.

use super::Store;
use super::unwritten::{LeaveBehind, RareState, Unwritten};
use crate::backend::{Caller, LocalBorrow, LocalHandle, refuse};
use crate::codec::Encode;
use crate::error::{AccessKind, DetachedKey, Error, ErrorKind, Result};
use crate::event;
use crate::id::{Epoch, ObjectId, Right};
use crate::ledger::{Command, Refusal, Reply};
use crate::schema::Known;
use crate::sync::{Condvar, Mutex, MutexGuard, get_mut, lock};
use std::fmt;
use std::panic::Location;
use std::time::Duration;

/// An owner of an object, without the value. While `owning` is true, the drop removes the object, or detaches the
/// object if `OwnerState::left` is set. In a forked child the drop does nothing.
pub(crate) struct RawOwned {
    store: Store,
    state: Mutex<OwnerState>,
    /// Notified when a [turn](Self::take_turn) is over.
    pub(super) turned: Condvar,
    /// Whether this is still the owner: `false` after the object was sent, detached, taken out, removed or given up.
    owning: bool,
}

/// What an owner knows about its object.
#[derive(Debug)]
pub(crate) struct OwnerState {
    pub(crate) object: ObjectId,
    /// The newest version that this owner knows. A loaded value was last read from this version, or written as it.
    pub(crate) base: Epoch,
    /// What the loaded value has that was not written.
    pub(super) unwritten: Unwritten,
    /// Whether this owner has written `base`, and has not yet waited for its replicas with success.
    pub(super) unconfirmed: bool,
    /// Whether a thread reads or writes the value; see [`turn`](super::turn).
    pub(super) turn_taken: bool,
    pub(crate) lent: LentState,
    /// Whether the object was adopted, and no read of its value has succeeded since.
    pub(crate) unread: bool,
    /// What few owners have. The box keeps each `Refused` small, which contains the whole handle.
    pub(super) rare: Option<Box<RareState>>,
}

/// How an object is lent, as far as its owner knows. A loan whose handle was forgotten is still recorded here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LentState {
    /// Not lent.
    Idle,
    /// A shared loan, and how many handles it has. While the loan is `open`, its tickets can be redeemed.
    Shared { epoch: Epoch, handles: u32, open: bool },
    /// An exclusive loan. During the loan, the value is not loaded.
    Exclusive,
}

/// The result of a loan that has ended.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Closed {
    /// The version that a borrower committed, if one did.
    pub(crate) committed: Option<Epoch>,
    /// `false` only if an exclusive loan was ended, not revoked, and its ticket was not redeemed.
    pub(crate) redeemed: bool,
}

impl RawOwned {
    /// Makes the owner of an object that is not lent.
    pub(crate) fn new(store: Store, object: ObjectId, base: Epoch) -> Self {
        let state = OwnerState {
            object,
            base,
            unwritten: Unwritten::Nothing,
            unconfirmed: false,
            turn_taken: false,
            lent: LentState::Idle,
            unread: false,
            rare: None,
        };
        Self { store, state: Mutex::new(state), turned: Condvar::new(), owning: true }
    }

    /// Returns whether the session is known to be over. Nothing can be changed through a session that is over.
    #[inline]
    pub(crate) fn is_over(&self) -> bool {
        self.store.is_over()
    }

    /// Records that `at` borrows the loaded value, if the recording has such borrows.
    #[inline]
    pub(crate) fn borrowed(&self, access: AccessKind, at: Caller) -> LocalBorrow<'_> {
        self.store.local().begin(LocalHandle::owner(), access, || self.lock().object, at)
    }

    /// Stops being the owner, without a command to the store. The drop then removes nothing.
    pub(crate) fn give_up(&mut self) {
        self.owning = false;
    }

    /// Becomes the owner again in `store`, another session, after this handle's session was lost. Returns whether a
    /// loaded value is stale. Fails with `Diverged` if the value was changed here and the store has another version.
    /// After an error the handle is as before.
    pub(crate) fn reattach(&mut self, store: &Store, at: Caller) -> Result<bool> {
        let (_, state) = self.parts();
        let (object, base, unconfirmed, unread) = (state.object, state.base, state.unconfirmed, state.unread);
        let is_changed = state.unwritten != Unwritten::Nothing;
        if is_changed && store.backend().current(object)? != base {
            return Err(refuse(object, Command::OwnerCommit { base }, Refusal::Diverged, Vec::new()));
        }
        let version = match store.backend().apply(object, Command::Adopt, &[], at)? {
            Reply::Version(version) | Reply::Adopted { version, .. } => version,
            reply => return Err(unexpected(reply)),
        };
        let known = if is_changed { base } else { version };
        let rare = state.rare.take().map(|rare| Box::new(RareState { left: None, file: None, ..*rare }));
        let state = OwnerState {
            object,
            base: known,
            unwritten: if is_changed { Unwritten::Value } else { Unwritten::Nothing },
            unconfirmed: unconfirmed && version == base,
            turn_taken: false,
            lent: LentState::Idle,
            unread,
            rare,
        };
        let state = Mutex::new(state);
        self.owning = false; // else the assignment below would try to remove the object
        *self = Self { store: store.clone(), state, turned: Condvar::new(), owning: true };
        Ok(version != base && !is_changed)
    }

    pub(crate) fn store(&self) -> &Store {
        &self.store
    }

    /// Locks the state. No caller holds the lock while user code runs, since that code may use the same owner.
    pub(crate) fn lock(&self) -> MutexGuard<'_, OwnerState> {
        lock(&self.state)
    }

    /// Returns the store and the state. No lock is needed, since `&mut` is exclusive already.
    #[inline]
    pub(crate) fn parts(&mut self) -> (&Store, &mut OwnerState) {
        (&self.store, get_mut(&mut self.state))
    }

    /// Notes whether a read of the value has succeeded. While no read of an adopted object's value has, a failure makes
    /// the drop detach the object, as it was found, and the error has the object's key.
    pub(crate) fn note_read<V>(&self, read: Result<V>, left: impl FnOnce() -> LeaveBehind) -> Result<V> {
        let mut state = self.lock();
        match read {
            Err(error) if state.unread && state.lent != LentState::Exclusive => {
                let left = state.rare.get_or_insert_default().unreadable.get_or_insert_with(left);
                Err(error.with_detached(DetachedKey::clone(&left.key)))
            }
            read => {
                if read.is_ok() {
                    state.note_value();
                }
                read
            }
        }
    }

    /// Ends the loan if the object is lent. Does not wait: fails with `Conflict` if a borrower holds the object.
    pub(crate) fn end_loan_if_lent(&mut self, at: Caller) -> Result<()> {
        if !self.forget_handles() {
            return Ok(());
        }
        let (store, state) = self.parts();
        state.end(store, at).map(|_closed| ())
    }

    /// Counts the loan's handles as dropped: `&mut` proves that each was dropped or forgotten. Returns whether the
    /// object is lent.
    pub(crate) fn forget_handles(&mut self) -> bool {
        let (_, state) = self.parts();
        if let LentState::Shared { handles, .. } = &mut state.lent {
            *handles = 0;
        }
        state.lent != LentState::Idle
    }

    /// Ends the loan, if there is one, and writes a change, as [`write_change`](Self::write_change) does. Then detaches
    /// the object, and returns its id.
    pub(crate) fn write_and_detach(
        &mut self,
        loaded: Option<&dyn Encode>,
        known: fn() -> &'static Known,
        at: Caller,
    ) -> Result<ObjectId> {
        self.end_loan_if_lent(at)?;
        let _is_read_again = self.write_change(loaded, known, at)?;
        self.detach(at)
    }

    /// Detaches the object, and returns its id. From then on the object has no owner, and every process that has its
    /// key may use it.
    pub(crate) fn detach(&mut self, at: Caller) -> Result<ObjectId> {
        self.detach_by(Command::Detach, at)
    }

    /// Does what [`detach`](Self::detach) does. The object goes when `time` is over.
    pub(crate) fn detach_for(&mut self, time: Duration, at: Caller) -> Result<ObjectId> {
        self.detach_by(Command::DetachFor { time }, at)
    }

    /// Detaches the object by `command`.
    fn detach_by(&mut self, command: Command, at: Caller) -> Result<ObjectId> {
        let object = get_mut(&mut self.state).object;
        match self.store.backend().apply(object, command, &[], at)? {
            Reply::Done => {
                self.owning = false;
                Ok(object)
            }
            reply => Err(unexpected(reply)),
        }
    }

    /// Ends the loan, or revokes it if it cannot be ended. Then detaches the object by `command`, and writes the key into
    /// `left.key`. After an error the object stays, and this session still owns it.
    fn leave_behind(&mut self, left: &LeaveBehind, command: Command, at: Caller) -> Result<()> {
        if self.forget_handles() {
            let (store, state) = self.parts();
            if state.end(store, at).is_err() {
                state.revoke(store, at)?;
            }
        }
        let object = self.detach_by(command, at)?;
        let _told_once = left.key.set((left.name)(&self.store, object, command, (left.known)()));
        Ok(())
    }

    /// Revokes the loan, detaches the object and writes the key as [`leave_behind`](Self::leave_behind) does, but need
    /// not wait for the store, which may not answer now.
    fn leave_later(&mut self, left: &LeaveBehind, command: Command, at: Caller) -> Result<()> {
        if self.forget_handles() {
            self.let_go(Command::Revoke, at)?;
        }
        self.let_go(command, at)?;
        let object = get_mut(&mut self.state).object;
        let _told_once = left.key.set((left.name)(&self.store, object, command, (left.known)()));
        Ok(())
    }

    fn let_go(&mut self, command: Command, at: Caller) -> Result<()> {
        let object = get_mut(&mut self.state).object;
        self.store.backend().let_go(object, command, at)
    }

    /// Puts the object in transit, and returns the number of this departure. The session that shows the secret of
    /// `right` can claim the object.
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

    /// Makes the object lasting: it outlives the death of this process.
    pub(crate) fn keep(&mut self, at: Caller) -> Result<()> {
        let object = get_mut(&mut self.state).object;
        self.store.backend().apply(object, Command::Keep, &[], at).map(|_| ())
    }

    /// Detaches the object, which is not lent, and need not wait for the store. A time that its adoption took away goes on.
    pub(crate) fn leave(&mut self, at: Caller) -> Result<()> {
        self.owning = false;
        let found = get_mut(&mut self.state).rare.as_ref().map_or(Command::Detach, |rare| rare.as_found());
        self.let_go(found, at)
    }

    /// Gives up ownership. The object is removed when its last borrower is done.
    pub(crate) fn release(&mut self, at: Caller) -> Result<()> {
        let object = get_mut(&mut self.state).object;
        self.store.backend().apply(object, Command::DropOwner, &[], at)?;
        self.owning = false;
        Ok(())
    }
}

impl Drop for RawOwned {
    fn drop(&mut self) {
        self.store.local().dropped(LocalHandle::owner(), get_mut(&mut self.state).object);
        if !self.owning || !self.store.backend().is_opener() {
            return;
        }
        let at = Location::caller();
        let rare = get_mut(&mut self.state).rare.take();
        let dropped = match rare.and_then(|rare| rare.into_left()) {
            Some((left, command)) => match self.leave_behind(&left, command, at) {
                Err(error) if error.is_retryable() => self.leave_later(&left, command, at),
                left => left,
            },
            None => self.let_go(Command::DropOwner, at),
        };
        if let Err(error) = dropped {
            event::not_given_back("an owned object", &error);
        }
    }
}

impl RawOwned {
    /// Writes the loaded value as the next version, if it was changed. Returns whether the value was written, and is
    /// better [read again](Store::is_read_again) than kept.
    pub(crate) fn write_change(
        &mut self,
        loaded: Option<&dyn Encode>,
        known: fn() -> &'static Known,
        at: Caller,
    ) -> Result<bool> {
        let (store, state) = self.parts();
        match (loaded, state.unwritten) {
            (Some(value), Unwritten::Value) => return state.write_value(store, value, known(), at),
            (_, Unwritten::Version) => store.describe(known()),
            _ => {}
        }
        state.write_file(store, at).map(|()| false)
    }
}

impl OwnerState {
    /// Waits for the replicas that have not acknowledged the last version, if there are any to wait for.
    pub(crate) fn confirm(&mut self, store: &Store, at: Caller) -> Result<()> {
        if self.unconfirmed {
            store.backend().confirm(self.object, at)?;
            self.unconfirmed = false;
        }
        Ok(())
    }

    /// Opens a shared loan, or joins the one that is open. Returns the loan's epoch.
    pub(crate) fn lend(&mut self, store: &Store, at: Caller) -> Result<Epoch> {
        let epoch = opened(store.backend().apply(self.object, Command::OpenShared, &[], at)?)?;
        let others = match self.lent {
            LentState::Shared { handles, .. } => handles,
            LentState::Idle | LentState::Exclusive => 0,
        };
        self.lent = LentState::Shared { epoch, handles: others.saturating_add(1), open: true };
        Ok(epoch)
    }

    /// Opens an exclusive loan. The session that shows the secret of `right` can borrow the object.
    pub(crate) fn lend_mut(&mut self, store: &Store, right: Right, at: Caller) -> Result<()> {
        opened(store.backend().apply(self.object, Command::OpenExclusive { right }, &[], at)?)?;
        self.lent = LentState::Exclusive;
        Ok(())
    }

    /// Ends the loan without waiting, and returns its result. After a conflict the loan stays, but no shared ticket can
    /// be redeemed any more.
    pub(crate) fn end(&mut self, store: &Store, at: Caller) -> Result<Closed> {
        if let LentState::Shared { open, .. } = &mut self.lent {
            *open = false;
        }
        let reply = store.backend().apply(self.object, Command::End, &[], at)?;
        self.ended(reply)
    }

    /// Ends an exclusive loan as [`end`](Self::end) does. Does nothing and returns `None` if the loan's ticket can be
    /// redeemed.
    pub(crate) fn end_redeemed(&mut self, store: &Store, at: Caller) -> Result<Option<Closed>> {
        let reply = store.backend().end_redeemed(self.object, at)?;
        reply.map(|reply| self.ended(reply)).transpose()
    }

    fn ended(&mut self, reply: Reply) -> Result<Closed> {
        match reply {
            Reply::Ended { version, redeemed } => Ok(self.close_loan(version, redeemed)),
            reply => Err(unexpected(reply)),
        }
    }

    /// Ends the loan even if a borrower holds the object, and returns the loan's result.
    pub(crate) fn revoke(&mut self, store: &Store, at: Caller) -> Result<Closed> {
        match store.backend().apply(self.object, Command::Revoke, &[], at)? {
            Reply::Revoked { version, moved: None } => Ok(self.close_loan(version, true)),
            Reply::Revoked { version, moved: Some(object) } => {
                // The object continues under another id, with the same bytes. The readers keep the old id.
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

/// Returns the error for a reply of the ledger that does not fit the command: the ledger is damaged, or this crate has
/// a bug.
pub(crate) fn unexpected(reply: Reply) -> Error {
    Error::new(ErrorKind::Corrupt, format!("the store's ledger gave an answer that does not fit: {reply:?}"))
}
