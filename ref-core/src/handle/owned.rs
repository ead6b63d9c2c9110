//! The owner's handle.

use crate::backend::{Bytes, Caller, session_over};
use crate::error::{AccessKind, Error, ErrorKind, Refused, Result};
use crate::handle::access::Ownership;
use crate::handle::borrow::{Ref, RefMut, new_ref, new_ref_mut};
use crate::handle::loaded::Loaded;
use crate::handle::not_offered::ClonedOwner;
use crate::handle::ticket::handle::new_ticket;
use crate::handle::ticket::{Grant, Pass, Ticket, text};
use crate::id::ObjectId;
use crate::store::Store;
use crate::store::functions::{Functions, FunctionsOf};
use crate::store::object::{LentState, RawOwned};
use crate::store::unwritten::Unwritten;
use std::fmt;
use std::panic::Location;

/// The only owner of an object in a store. When the `Owned` is dropped, the object leaves the store, as soon as no
/// borrower holds it any more.
///
/// Inside this process an owner is borrowed as a variable is, and the compiler refuses the same mistakes. A borrow of a
/// loaded value costs a few branches.
///
/// A change stays in this process until one of these calls writes it to the store: [`flush`](Owned::flush),
/// [`unload`](Owned::unload), [`lend`](Owned::lend), [`lend_mut`](Owned::lend_mut), [`into_loan`](Owned::into_loan),
/// [`into_loan_mut`](Owned::into_loan_mut), [`into_ticket`](Owned::into_ticket), [`detach`](Owned::detach),
/// [`transition`](Owned::transition), or a remote call with the owner as an argument. Dropping an owner writes nothing.
///
/// A borrower may still hold the object when the handle of its loan was dropped or forgotten. A call that needs the
/// object back, such as [`borrow_mut`](Owned::borrow_mut), first tries to end that loan, and fails with `Conflict`
/// while the borrower holds the object. [`end_loan`](Owned::end_loan) waits for the borrower;
/// [`revoke_loan`](Owned::revoke_loan) does not.
///
/// In a forked child an owner reads and changes the child's own copy of a loaded value. In the child, a call that
/// reaches the store fails with `Forked`, and dropping the owner does nothing. After the session was lost, dropping the
/// owner does not remove the object: see [`reattach`](Owned::reattach).
///
/// ```
/// # fn main() -> ref_core::Result<()> {
/// let store = ref_core::Store::open("memory:")?;
/// let mut list = store.put(vec![1_u64])?;
/// list.borrow_mut()?.push(2);
/// let (a, b) = (list.borrow()?, list.borrow()?);
/// assert_eq!((a.len(), b.len()), (2, 2));
/// # Ok(())
/// # }
/// ```
///
/// A shared and an exclusive borrow at the same time do not compile:
///
/// ```compile_fail,E0502
/// # fn main() -> ref_core::Result<()> {
/// # let store = ref_core::Store::open("memory:")?;
/// # let mut list = store.put(vec![1_u64])?;
/// let first = list.borrow()?;
/// list.borrow_mut()?.push(2);
/// println!("{}", first.len());
/// # Ok(())
/// # }
/// ```
///
/// ```
/// # fn main() -> ref_core::Result<()> {
/// # let store = ref_core::Store::open("memory:")?;
/// # let mut list = store.put(vec![1_u64])?;
/// let first = list.borrow()?;
/// println!("{}", first.len()); // the last use of `first`: the borrow ends here
/// list.borrow_mut()?.push(2);
/// # Ok(())
/// # }
/// ```
///
/// Rules: [R01](crate::guide::rules#r01), [R02](crate::guide::rules#r02), [R03](crate::guide::rules#r03),
/// [R05](crate::guide::rules#r05), [R09](crate::guide::rules#r09), [R12](crate::guide::rules#r12),
/// [R19](crate::guide::rules#r19), [R21](crate::guide::rules#r21), [R40](crate::guide::rules#r40).
#[must_use = "the object leaves the store when its `Owned` is dropped, which `let _ =` does at once; \
              keep it in a variable"]
pub struct Owned<T> {
    pub(crate) value: Loaded<T>,
    pub(crate) functions: FunctionsOf<T>,
    pub(crate) raw: RawOwned,
}

impl<T> Owned<T> {
    /// Returns the id of the object, which names the object in its store.
    ///
    /// On `shm:` and `file:`, the object gets another id when a shared loan is [revoked](Owned::revoke_loan) while a
    /// reader holds the object.
    #[must_use]
    pub fn id(&self) -> ObjectId {
        self.raw.lock().object
    }

    /// Returns whether this process has a copy of the value. If it has a copy, [`borrow`](Owned::borrow) reads nothing
    /// from the store.
    #[must_use]
    pub fn is_loaded(&self) -> bool {
        self.value.get().is_some()
    }

    /// Removes the object from the store, as dropping the owner does, and returns the error if that fails. A borrower
    /// that holds the object can go on reading, but cannot commit any more.
    ///
    /// # Errors
    /// The errors of the store, such as `Io` or `SessionLost`. A failed call drops the owner, and the drop tries once
    /// more; [`remove_or_return`](Owned::remove_or_return) gives the owner back.
    #[doc(alias = "release")]
    #[doc(alias = "evict")]
    #[track_caller]
    pub fn remove(mut self) -> Result<()> {
        self.raw.release(Location::caller())
    }

    /// Does what [`remove`](Owned::remove) does, and gives the owner back if that fails.
    ///
    /// # Errors
    /// The errors of [`remove`](Owned::remove). The owner is in the [`Refused`].
    #[track_caller]
    pub fn remove_or_return(mut self) -> Result<(), Refused<Self>> {
        self.raw.release(Location::caller()).map_err(|error| Refused::new(error, self))
    }

    #[doc(hidden)]
    #[expect(clippy::should_implement_trait)]
    pub fn clone(&self) -> Self
    where
        Self: ClonedOwner,
    {
        ClonedOwner::refused(self)
    }
}

impl<T> Owned<T> {
    /// Borrows the value to read it.
    ///
    /// The borrow costs one branch if this process has a copy of the value. Otherwise the call reads the value from the
    /// store, for example after [`Store::claim`] or an exclusive loan.
    ///
    /// # Errors
    /// Only a call that reads from the store can fail. `Conflict` while an exclusive borrower holds the object.
    /// `WrongType`, `SchemaMismatch`, `CodecMismatch`, `Corrupt` or `Decode` if the stored bytes are not a value of
    /// this type, `TooLarge` if this session does not allow so large a value. `WouldDeadlock` if the value's own code
    /// makes this call; else the errors of the store, such as `Io`. After an error the call can be tried again.
    #[track_caller]
    #[inline]
    pub fn borrow(&self) -> Result<Ref<'_, T>> {
        let at = Location::caller();
        let value = match self.value.get() {
            Some(value) => value,
            None => self.load(at)?,
        };
        Ok(new_ref(value, self.raw.borrowed(AccessKind::Borrow, at)))
    }

    /// Borrows the value to change it. The change stays in this process until [`flush`](Owned::flush), or another of
    /// the calls listed at [`Owned`], writes it to the store.
    ///
    /// # Errors
    /// `Conflict` while a borrower holds the object under a loan whose handle was dropped or forgotten; `SessionLost`
    /// if this process knows that its session was lost; else the errors of [`borrow`](Owned::borrow).
    #[track_caller]
    #[inline]
    pub fn borrow_mut(&mut self) -> Result<RefMut<'_, T>> {
        if self.raw.is_over() {
            return Err(session_over());
        }
        if self.raw.parts().1.lent != LentState::Idle || self.value.get_mut().is_none() {
            self.end_loan_and_load(Location::caller())?;
        }
        self.raw.parts().1.note_change(Unwritten::Value);
        let local = self.raw.borrowed(AccessKind::BorrowMut, Location::caller());
        self.value.get_mut().map(|value| new_ref_mut(value, local)).ok_or_else(unloaded)
    }

    /// Writes the value to the store as a new version, if it was changed.
    ///
    /// # Errors
    /// `Encode`, `TooLarge` or `StoreFull` if the value cannot be written; else the errors of the store, such as
    /// `SessionLost`. After an error the change stays in this process.
    ///
    /// ```
    /// # fn main() -> ref_core::Result<()> {
    /// # let store = ref_core::Store::open("memory:")?;
    /// let mut list = store.put(vec![1_u64])?;
    /// list.borrow_mut()?.push(2); // in this process
    /// list.flush()?; // in the store
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn flush(&mut self) -> Result<()> {
        if self.write_change(Location::caller())? {
            drop(self.value.take());
        }
        Ok(())
    }

    /// Writes changes to the store, and drops this process's copy of the value. The next borrow reads the value from
    /// the store.
    ///
    /// # Errors
    /// The errors of [`flush`](Owned::flush). After an error the copy stays.
    ///
    /// ```
    /// # fn main() -> ref_core::Result<()> {
    /// # let store = ref_core::Store::open("memory:")?;
    /// let mut large = store.put(vec![0_u64; 1000])?;
    /// large.borrow_mut()?[0] = 1;
    /// large.unload()?;
    /// assert!(!large.is_loaded());
    /// assert_eq!(large.borrow()?[0], 1);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn unload(&mut self) -> Result<()> {
        self.flush_at(Location::caller())?;
        self.value.take();
        Ok(())
    }

    /// Turns the owner into a ticket, which another thread or process [claims](Store::claim) to become the owner.
    /// Changes are written first.
    ///
    /// # Errors
    /// `Conflict` while a borrower holds the object; else the errors of [`flush`](Owned::flush). A failed call drops
    /// the owner, and the drop removes the object if possible; [`into_ticket_or_return`](Owned::into_ticket_or_return)
    /// gives the owner back.
    #[track_caller]
    pub fn into_ticket(mut self) -> Result<Ticket<T, Ownership>> {
        self.send_at(Location::caller())
    }

    /// Does what [`into_ticket`](Owned::into_ticket) does, and gives the owner back if that fails.
    ///
    /// # Errors
    /// The errors of [`into_ticket`](Owned::into_ticket). The owner is in the [`Refused`].
    #[track_caller]
    pub fn into_ticket_or_return(mut self) -> Result<Ticket<T, Ownership>, Refused<Self>> {
        self.send_at(Location::caller()).map_err(|error| Refused::new(error, self))
    }

    /// Takes the value out of the store: returns the value, and removes the object. If the session was lost, returns a
    /// loaded value and does not remove the object.
    ///
    /// # Errors
    /// `Conflict` while a borrower holds the object; else the errors of [`borrow`](Owned::borrow). A failed call drops
    /// the owner, and the drop removes the object if possible; [`into_inner_or_return`](Owned::into_inner_or_return)
    /// gives the owner back.
    ///
    /// ```
    /// # fn main() -> ref_core::Result<()> {
    /// # let store = ref_core::Store::open("memory:")?;
    /// let list = store.put(vec![1_u64, 2])?;
    /// assert_eq!(list.into_inner()?, [1, 2]);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn into_inner(mut self) -> Result<T> {
        self.take_out(Location::caller()).map(|value| *value)
    }

    /// Does what [`into_inner`](Owned::into_inner) does, and gives the owner back if that fails.
    ///
    /// # Errors
    /// The errors of [`into_inner`](Owned::into_inner). The owner is in the [`Refused`].
    ///
    /// ```
    /// # fn main() -> ref_core::Result<()> {
    /// # let store = ref_core::Store::open("memory:")?;
    /// let count = store.put(1_u64)?;
    /// let loan = count.lend()?;
    /// let reader = store.redeem(loan.ticket()?)?;
    /// drop(loan);
    /// let refused = count.into_inner_or_return().unwrap_err();
    /// assert_eq!(refused.error.kind(), ref_core::ErrorKind::Conflict); // the reader holds the object
    /// drop(reader);
    /// assert_eq!(refused.handle.into_inner()?, 1);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn into_inner_or_return(mut self) -> Result<T, Refused<Self>> {
        match self.take_out(Location::caller()) {
            Ok(value) => Ok(*value),
            Err(error) => Err(Refused::new(error, self)),
        }
    }

    fn send_at(&mut self, at: Caller) -> Result<Ticket<T, Ownership>> {
        self.end_loan_and_flush(at)?;
        let (known, (store, state)) = ((self.functions)().known, self.raw.parts());
        let (store, object, nonce) = (store.id(), state.object, store.nonce()?);
        let grant = Grant::Own { departure: self.raw.send(nonce.right(), at)?, nonce };
        Ok(new_ticket(Pass::new(store, object, grant, known()), self.functions))
    }

    /// Makes the session `store` the owner of the object, after this handle's own session was lost.
    ///
    /// This call is for stores on a server. On a server, a session that was not renewed in time is lost, while its
    /// process still has the handles. The server keeps the objects of a lost session for a day, or for
    /// [`StoreOptions::keep_orphans_for`](crate::StoreOptions::keep_orphans_for).
    ///
    /// If this process has changed its copy of the value, the copy stays. A copy without changes is dropped if another
    /// process has changed the object since then, and the next borrow reads the new value.
    ///
    /// ```no_run
    /// # fn main() -> ref_core::Result<()> {
    /// use ref_core::{ErrorKind, Store};
    ///
    /// let store = Store::open("redis://127.0.0.1/")?;
    /// let mut list = store.put(vec![1_u64])?;
    /// list.borrow_mut()?.push(2);
    /// // ... the laptop sleeps for an hour ...
    /// if list.flush().is_err_and(|error| error.kind() == ErrorKind::SessionLost) {
    ///     list.reattach(&Store::open("redis://127.0.0.1/")?)?;
    ///     list.flush()?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `WrongStore` if `store` is not the store that the object is in, `Conflict` while the object is owned, borrowed
    /// or in transit, `Diverged` if this handle has changes and another process has changed the object, `Gone` if the
    /// server does not keep the object any more; else the errors of the store, such as `Unreachable`. After an error
    /// the handle is unchanged.
    #[track_caller]
    pub fn reattach(&mut self, store: &Store) -> Result<()> {
        if store.id() != self.raw.store().id() {
            return Err(Error::new(ErrorKind::WrongStore, "this store is not the one that the object is in"));
        }
        if self.raw.reattach(store, Location::caller())? {
            self.value.take();
        }
        Ok(())
    }

    fn take_out(&mut self, at: Caller) -> Result<Box<T>> {
        if self.raw.is_over() && self.raw.parts().1.lent != LentState::Exclusive {
            return self.take_loaded();
        }
        self.end_loan_and_load(at)?;
        match self.raw.release(at) {
            Err(error) if error.kind() == ErrorKind::SessionLost => self.take_loaded(),
            released => released.and_then(|()| self.value.take().ok_or_else(unloaded)),
        }
    }

    /// Takes the loaded value out of the handle after the session was lost, when the object cannot be removed any more.
    /// Fails with `SessionLost` if no value is loaded.
    fn take_loaded(&mut self) -> Result<Box<T>> {
        let value = self.value.take().ok_or_else(session_over)?;
        self.raw.give_up();
        Ok(value)
    }

    /// Writes the loaded value as a new version, if the value was changed since the last version. Otherwise waits for
    /// the replicas that have not acknowledged the last version, if there are any to wait for. The value stays loaded.
    pub(crate) fn flush_at(&mut self, at: Caller) -> Result<()> {
        self.write_change(at).map(|_is_read_again| ())
    }

    /// Does what [`flush_at`](Self::flush_at) does. Returns whether the value was written, and is better
    /// [read again](Store::is_read_again) than kept.
    fn write_change(&mut self, at: Caller) -> Result<bool> {
        // No loan has to be ended first: an object that is lent has no unwritten changes.
        let Functions { known, value, .. } = (self.functions)();
        self.raw.write_change(self.value.get_as(value), known, at)
    }

    /// Ends the loan whose handle was dropped or forgotten, if there is one, and writes the value as
    /// [`flush_at`](Self::flush_at) does.
    pub(crate) fn end_loan_and_flush(&mut self, at: Caller) -> Result<()> {
        self.end_loan_if_lent(at)?;
        self.flush_at(at)
    }

    /// Ends the loan whose handle was dropped or forgotten, if there is one.
    pub(crate) fn end_loan_if_lent(&mut self, at: Caller) -> Result<()> {
        // The end leaves no stale value: under an exclusive loan no value is loaded, and under a shared loan the object
        // does not change.
        self.raw.end_loan_if_lent(at)
    }

    #[cold]
    pub(crate) fn end_loan_and_load(&mut self, at: Caller) -> Result<()> {
        self.end_loan_if_lent(at)?;
        self.load(at).map(|_value| ())
    }

    /// Returns the value. First reads the value from the store, unless another thread has loaded it while this thread
    /// waited for its turn.
    #[cold]
    fn load(&self, at: Caller) -> Result<&T> {
        let _turn = self.raw.take_turn()?;
        if let Some(value) = self.value.get() {
            return Ok(value);
        }
        let functions = (self.functions)();
        let read = self.stored(at).and_then(|bytes| functions.decode(self.raw.store(), bytes));
        let value = self.raw.note_read(read, || text::left_behind(functions.known))?;
        Ok(self.value.keep(Box::new(value)))
    }

    /// Reads the bytes of the newest version, for a caller that has no loaded value. First ends an exclusive loan whose
    /// handle was dropped or forgotten, if there is one.
    pub(in crate::handle) fn stored(&self, at: Caller) -> Result<Bytes> {
        let (store, mut state) = (self.raw.store(), self.raw.lock());
        if state.lent == LentState::Exclusive {
            state.end(store, at)?;
        }
        store.backend().read(state.object, state.base)
    }
}

/// Returns the error for a bug of this crate: a value that was just loaded is missing.
pub(crate) fn unloaded() -> Error {
    Error::new(ErrorKind::Corrupt, "the value was loaded and is missing; this is a bug in `ref-core`")
}

impl<T> fmt::Debug for Owned<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.raw.lock();
        f.debug_struct("Owned")
            .field("object", &format_args!("{}", state.object))
            .field("lent", &format_args!("{}", state.lent))
            .field("loaded", &self.is_loaded())
            .finish_non_exhaustive()
    }
}
