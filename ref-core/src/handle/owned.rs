//! The owner's handle.

use crate::backend::{Bytes, Place, session_over};
use crate::error::Refused;
use crate::handle::access::Ownership;
use crate::handle::borrow::{Ref, RefMut};
use crate::handle::not_clone::ClonedOwner;
use crate::handle::ticket::{Grant, Pass, Ticket};
use crate::id::{Nonce, ObjectId};
use crate::store::Store;
use crate::store::object::{LentState, OwnerState, RawOwned};
use crate::stored::{self, Stored};
use crate::sync::OnceLock;
use crate::{Error, ErrorKind, Result};
use std::fmt;
use std::panic::Location;

/// The only owner of an object in a store: when it goes, the object goes.
///
/// Inside this process it is borrowed as any other value is, at the same cost, and the same programs do not compile.
/// A change stays here until another process could see it: [`lend`](Owned::lend), [`lend_mut`](Owned::lend_mut),
/// [`into_loan`](Owned::into_loan), [`into_ticket`](Owned::into_ticket), [`detach`](Owned::detach),
/// [`transition`](Owned::transition), [`flush`](Owned::flush) and [`unload`](Owned::unload) write it to the store first.
/// Dropping an owner writes nothing.
///
/// After a loan was dropped or forgotten while a borrower still holds the object, whatever needs the object back,
/// `borrow_mut` for one, ends that loan first, and is a `Conflict` until the borrower is done.
/// [`end_loan`](Owned::end_loan) waits for that, [`revoke_loan`](Owned::revoke_loan) does not.
///
/// In a forked child an owner reads and changes the child's own copy of a loaded value. Whatever reaches the store is
/// `Forked` there, and dropping the owner does nothing.
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
/// println!("{}", first.len()); // its last use: the borrow ends here
/// list.borrow_mut()?.push(2);
/// # Ok(())
/// # }
/// ```
#[must_use = "the object leaves the store when its `Owned` is dropped, which `let _ =` does at once; \
              keep it in a variable"]
pub struct Owned<T> {
    pub(crate) value: OnceLock<Box<T>>,
    pub(crate) raw: RawOwned,
}

/// The value, if it was loaded.
pub(crate) type MaybeLoaded<T> = Option<Box<T>>;

impl<T> Owned<T> {
    /// Names the object in its store.
    #[must_use]
    pub fn id(&self) -> ObjectId {
        self.raw.lock().object
    }

    /// Whether this process has the value, so that [`borrow`](Owned::borrow) reads nothing from the store.
    #[must_use]
    pub fn is_loaded(&self) -> bool {
        self.value.get().is_some()
    }

    /// Removes the object from the store, as dropping the owner does, and says whether that succeeded. Its last
    /// readers keep it until they are done.
    ///
    /// # Errors
    /// What the backend refuses. The owner is dropped, which tries once more;
    /// [`remove_or_return`](Owned::remove_or_return) gives it back.
    #[doc(alias = "release")]
    #[doc(alias = "evict")]
    #[track_caller]
    pub fn remove(mut self) -> Result<()> {
        self.raw.release(Location::caller())
    }

    /// [`remove`](Owned::remove), which gives the owner back where it is refused.
    ///
    /// # Errors
    /// As [`remove`](Owned::remove). The owner comes back in the [`Refused`].
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
        ClonedOwner::cloned(self)
    }
}

impl<T: Stored> Owned<T> {
    /// Borrows the value to read it. Costs one branch; reads from the store only where this process has no value yet,
    /// after [`Store::claim`] or an exclusive loan.
    ///
    /// # Errors
    /// Only when it reads: `Conflict` while an exclusive borrower still holds the object, and what the stored bytes
    /// are refused for: `WrongType`, `SchemaMismatch`, `CodecMismatch`, `Corrupt`, `Decode`. The owner stays the
    /// owner, and may try again.
    #[track_caller]
    #[inline]
    pub fn borrow(&self) -> Result<Ref<'_, T>> {
        match self.value.get() {
            Some(value) => Ok(Ref::new(value)),
            None => self.load(Location::caller()).map(Ref::new),
        }
    }

    /// Borrows the value to change it. The change stays in this process until it is lent, sent or
    /// [flushed](Owned::flush).
    ///
    /// # Errors
    /// `Conflict` while a borrower holds the object under a loan whose handle was dropped or forgotten; `SessionLost`
    /// when this process is known to have lost its lease; else as [`borrow`](Owned::borrow).
    #[track_caller]
    #[inline]
    pub fn borrow_mut(&mut self) -> Result<RefMut<'_, T>> {
        if self.raw.is_over() {
            return Err(session_over());
        }
        if self.raw.parts().1.lent != LentState::Idle || self.value.get_mut().is_none() {
            self.end_loan_and_load(Location::caller())?;
        }
        self.raw.parts().1.dirty = true;
        self.value.get_mut().map(|value| RefMut::new(&mut **value)).ok_or_else(unloaded)
    }

    /// Writes changes to the store, where they are a new version. Does nothing where there are none.
    ///
    /// # Errors
    /// `Encode`, `TooLarge` or `StoreFull`; the change stays in the value.
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
        self.flush_at(Location::caller())
    }

    /// Writes changes, and gives this process's copy of the value up: the next borrow reads it from the store again.
    ///
    /// # Errors
    /// As [`flush`](Owned::flush); then the value stays.
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

    /// Turns the owner into a ticket that another thread or process [claims](Store::claim), after writing changes.
    ///
    /// # Errors
    /// `Conflict` while a borrower holds the object; else as [`flush`](Owned::flush). The owner is dropped, and its object
    /// with it; [`into_ticket_or_return`](Owned::into_ticket_or_return) gives it back.
    #[track_caller]
    pub fn into_ticket(mut self) -> Result<Ticket<T, Ownership>> {
        self.send_at(Location::caller())
    }

    /// [`into_ticket`](Owned::into_ticket), which gives the owner back where it is refused.
    ///
    /// # Errors
    /// As [`into_ticket`](Owned::into_ticket). The owner comes back in the [`Refused`].
    #[track_caller]
    pub fn into_ticket_or_return(mut self) -> Result<Ticket<T, Ownership>, Refused<Self>> {
        self.send_at(Location::caller()).map_err(|error| Refused::new(error, self))
    }

    /// Takes the value out; the object leaves the store.
    ///
    /// # Errors
    /// `Conflict` while a borrower holds the object; else as [`borrow`](Owned::borrow). The owner is dropped, and its object
    /// with it; [`into_inner_or_return`](Owned::into_inner_or_return) gives it back.
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

    /// [`into_inner`](Owned::into_inner), which gives the owner back where it is refused.
    ///
    /// # Errors
    /// As [`into_inner`](Owned::into_inner). The owner comes back in the [`Refused`].
    ///
    /// ```
    /// # fn main() -> ref_core::Result<()> {
    /// # let store = ref_core::Store::open("memory:")?;
    /// let count = store.put(1_u64)?;
    /// let loan = count.lend()?;
    /// let reader = store.redeem(loan.ticket()?)?;
    /// drop(loan);
    /// let refused = count.into_inner_or_return().unwrap_err();
    /// assert_eq!(refused.error.kind(), ref_core::ErrorKind::Conflict); // the reader has it still
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

    fn send_at(&mut self, at: Place) -> Result<Ticket<T, Ownership>> {
        self.end_loan_if_lent(at)?;
        self.flush_at(at)?;
        let (store, state) = self.raw.parts();
        let (store, object, nonce) = (store.id(), state.object, Nonce::random()?);
        let grant = Grant::Own { departure: self.raw.send(nonce.right(), at)?, nonce };
        Ok(Ticket::new(Pass { store, object, grant, known: stored::of::<T>() }))
    }

    /// Becomes the owner again of an object whose session was lost, as the session `store`. A value that is loaded
    /// stays, with its changes; if another process has changed the object since, an unchanged one is read anew.
    ///
    /// For stores on a server, where a process that did not renew its lease in time has lost its session and still has
    /// its handles. What it owned waits for this, for a day by default:
    /// [`StoreOptions::keep_orphans_for`](crate::StoreOptions::keep_orphans_for).
    ///
    /// ```no_run
    /// # fn main() -> ref_core::Result<()> {
    /// use ref_core::{ErrorKind, Store};
    ///
    /// let store = Store::open("redis://127.0.0.1/")?;
    /// let mut list = store.put(vec![1_u64])?;
    /// // ... the laptop sleeps for an hour ...
    /// if list.flush().is_err_and(|error| error.kind() == ErrorKind::SessionLost) {
    ///     list.reattach(&Store::open("redis://127.0.0.1/")?)?;
    /// }
    /// list.borrow_mut()?.push(2);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `WrongStore` if `store` is another one, `Conflict` while the object is owned or borrowed, `Diverged` if this
    /// handle has changes and the object was changed by others, `Gone` if it waited for too long. The handle is as it was.
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

    fn take_out(&mut self, at: Place) -> Result<Box<T>> {
        if self.raw.is_over() && self.raw.parts().1.lent != LentState::Exclusive {
            return self.take_loaded();
        }
        self.end_loan_and_load(at)?;
        match self.raw.release(at) {
            Err(error) if error.kind() == ErrorKind::SessionLost => self.take_loaded(),
            released => released.and_then(|()| self.value.take().ok_or_else(unloaded)),
        }
    }

    /// Takes the loaded value out of an object that cannot be reached any more as its owner.
    fn take_loaded(&mut self) -> Result<Box<T>> {
        let value = self.value.take().ok_or_else(session_over)?;
        self.raw.give_up();
        Ok(value)
    }

    pub(crate) fn flush_at(&mut self, at: Place) -> Result<()> {
        // A loan need not be ended for this: nothing that is lent has unwritten changes.
        let value = self.value.get();
        let (store, state) = self.raw.parts();
        flush(value.map(|value| &**value), store, state, at)
    }

    /// Ends a loan whose handles are gone; what a borrower committed is read at the next borrow.
    pub(crate) fn end_loan_if_lent(&mut self, at: Place) -> Result<()> {
        // What is lent exclusively is not loaded, and what is lent shared is not changed: no loaded value is stale.
        self.raw.end_loan_if_lent(at)
    }

    #[cold]
    pub(crate) fn end_loan_and_load(&mut self, at: Place) -> Result<()> {
        self.end_loan_if_lent(at)?;
        self.load(at).map(|_| ())
    }

    /// Reads the value, if no other thread has meanwhile.
    #[cold]
    fn load(&self, at: Place) -> Result<&T> {
        let _turn = self.raw.take_turn()?;
        if let Some(value) = self.value.get() {
            return Ok(value);
        }
        let bytes = self.stored(at)?;
        let value = self.raw.store().decode(&bytes)?;
        Ok(self.value.get_or_init(|| Box::new(value)))
    }

    /// The bytes of the version that this owner knows, where it has not loaded them.
    pub(in crate::handle) fn stored(&self, at: Place) -> Result<Bytes> {
        let (store, mut state) = (self.raw.store(), self.raw.lock());
        if state.lent == LentState::Exclusive {
            state.end(store, at)?;
        }
        store.backend().read(state.object, state.base)
    }
}

/// Writes `value` if it was changed since its last version.
fn flush<T: Stored>(value: Option<&T>, store: &Store, state: &mut OwnerState, at: Place) -> Result<()> {
    match value {
        Some(value) if state.dirty => state.write(store, &store.encode(value)?, at),
        _ => Ok(()),
    }
}

/// What cannot happen, as an error rather than a panic: a value that was loaded is not there.
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
