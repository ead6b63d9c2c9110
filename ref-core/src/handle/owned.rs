//! The owner's handle.

use crate::backend::{Bytes, Place, session_over};
use crate::error::{Refused, Unborrowed};
use crate::handle::access::Ownership;
use crate::handle::borrow::{Ref, RefMut};
use crate::handle::only::ClonedOwner;
use crate::handle::ticket::{Pass, Ticket};
use crate::id::{Nonce, ObjectId};
use crate::ledger::{Command, Reply};
use crate::store::Store;
use crate::store::object::{Mark, RawOwned, State, unexpected};
use crate::store::turn::Entered;
use crate::stored::{self, Stored};
use crate::sync::OnceLock;
use crate::{Error, ErrorKind, Result};
use std::fmt;
use std::panic::Location;

/// The only owner of an object in a store: when it goes, the object goes.
///
/// Inside this process it is borrowed as any other value is, at the same cost, and the same programs do not compile.
/// What changes stays here until somebody else could see it: [`lend`](Owned::lend), [`lend_mut`](Owned::lend_mut),
/// [`into_lent`](Owned::into_lent), [`into_ticket`](Owned::into_ticket), [`detach`](Owned::detach),
/// [`transition`](Owned::transition), [`flush`](Owned::flush) and [`unload`](Owned::unload) write it to the store first.
/// Dropping an owner writes nothing.
///
/// After a loan was dropped or forgotten while a borrower still holds the object, whatever needs the object back,
/// `borrow_mut` for one, ends that loan first, and is a `Conflict` until the borrower is done.
/// [`recall`](Owned::recall) waits for that, [`revoke_loans`](Owned::revoke_loans) does not.
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
pub(crate) type Loaded<T> = Option<Box<T>>;

impl Store {
    /// Puts `value` into the store, encoded and written before this returns, and makes its owner.
    ///
    /// # Errors
    /// `Encode` or `TooLarge` for the value, `StoreFull` or `NoRecord` for the store. The value comes back in the
    /// [`Refused`], which `?` turns into the [`Error`] alone.
    #[track_caller]
    pub fn put<T: Stored>(&self, value: T) -> Result<Owned<T>, Refused<T>> {
        let at = Location::caller();
        let written = self.encode(&value).and_then(|bytes| self.backend().put(&bytes, at));
        match written {
            Ok((object, base)) => {
                let raw = RawOwned::new(self.clone(), object, base);
                Ok(Owned { value: OnceLock::from(Box::new(value)), raw })
            }
            Err(error) => Err(Refused::new(error, value)),
        }
    }

    /// Claims the object of an ownership ticket: this is its owner from now on. The value is read when it is borrowed.
    ///
    /// # Errors
    /// `WrongStore` if the ticket belongs to another one, `AlreadyRedeemed` if it was claimed before, `Expired` or
    /// `Gone` if nobody claimed it in time. The ticket comes back in the [`Refused`].
    ///
    /// ```
    /// # fn main() -> ref_core::Result<()> {
    /// # let store = ref_core::Store::open("memory:")?;
    /// let owned = store.put(String::from("moves"))?;
    /// let ticket = owned.into_ticket()?; // to another thread, or as text to another process
    /// let owned_there = store.claim(ticket)?;
    /// assert_eq!(*owned_there.borrow()?, "moves");
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn claim<T: Stored>(&self, ticket: Ticket<T, Ownership>) -> Result<Owned<T>, Refused<Ticket<T, Ownership>>> {
        match self.claimed(&ticket.pass, Location::caller()) {
            Ok(raw) => Ok(Owned { value: OnceLock::new(), raw }),
            Err(error) => Err(Refused::new(error, ticket)),
        }
    }

    fn claimed(&self, pass: &Pass, at: Place) -> Result<RawOwned> {
        pass.check_store(self)?;
        let command = Command::Claim { seq: pass.number, right: pass.nonce.right() };
        match self.backend().apply(pass.object, command, &[], at)? {
            Reply::Version(base) => Ok(RawOwned::new(self.clone(), pass.object, base)),
            reply => Err(unexpected(reply)),
        }
    }
}

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

    /// Drops the owner as the end of its scope would, and says whether that succeeded. The object is evicted as soon
    /// as nobody borrows it.
    ///
    /// # Errors
    /// What the store's place refuses. The owner comes back in the [`Refused`].
    #[track_caller]
    pub fn release(mut self) -> Result<(), Refused<Self>> {
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
        if self.raw.parts().1.mark != Mark::Home || self.value.get_mut().is_none() {
            self.come_home_loaded(Location::caller())?;
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

    /// Puts a copy of the value into the store, as an object of its own. Works while this one is lent to readers. The
    /// copy has what was changed here, and is read when it is borrowed.
    ///
    /// # Errors
    /// `Encode` or `TooLarge` for a changed value, `StoreFull` or `NoRecord` for the store; `Conflict` while an exclusive
    /// borrower still holds the object under a loan whose handle is gone.
    ///
    /// ```
    /// # fn main() -> ref_core::Result<()> {
    /// # let store = ref_core::Store::open("memory:")?;
    /// let mut left = store.put(vec![1_u64])?;
    /// let mut right = left.duplicate()?;
    /// left.borrow_mut()?.push(2);
    /// right.borrow_mut()?.push(3);
    /// assert_eq!((left.into_inner()?, right.into_inner()?), (vec![1, 2], vec![1, 3]));
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn duplicate(&self) -> Result<Self> {
        let (at, store) = (Location::caller(), self.raw.store());
        let (object, base) = match self.value.get() {
            Some(value) => {
                let _entered = Entered::at(&self.raw)?;
                store.backend().put(&store.encode(&**value)?, at)?
            }
            None => store.backend().put(&self.stored(at)?, at)?,
        };
        Ok(Self { value: OnceLock::new(), raw: RawOwned::new(store.clone(), object, base) })
    }

    /// The bytes of the version that this owner knows, where it has not loaded them.
    fn stored(&self, at: Place) -> Result<Bytes> {
        let (store, mut state) = (self.raw.store(), self.raw.lock());
        if state.mark == Mark::Exclusive {
            state.end(store, at)?;
        }
        store.backend().read(state.object, state.base)
    }

    /// Turns the owner into a ticket that another thread or process [claims](Store::claim), after writing changes.
    ///
    /// # Errors
    /// `Conflict` while a borrower holds the object; else as [`flush`](Owned::flush). The owner comes back in the
    /// [`Refused`].
    #[track_caller]
    pub fn into_ticket(mut self) -> Result<Ticket<T, Ownership>, Refused<Self>> {
        self.send(Location::caller()).map_err(|error| Refused::new(error, self))
    }

    /// Takes the value out; the object leaves the store.
    ///
    /// # Errors
    /// `Conflict` while a borrower holds the object; else as [`borrow`](Owned::borrow). The owner comes back in the
    /// [`Refused`].
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
    pub fn into_inner(mut self) -> Result<T, Refused<Self>> {
        match self.take_out(Location::caller()) {
            Ok(value) => Ok(*value),
            Err(error) => Err(Refused::new(error, self)),
        }
    }

    fn send(&mut self, at: Place) -> Result<Ticket<T, Ownership>> {
        self.come_home(at)?;
        self.flush_at(at)?;
        let (store, state) = self.raw.parts();
        let (store, object, nonce) = (store.id(), state.object, Nonce::random()?);
        let number = self.raw.send(nonce.right(), at)?;
        Ok(Ticket::new(Pass { store, object, number, nonce, known: stored::of::<T>() }))
    }

    /// Becomes the owner again of an object whose session was lost, as the session `store`. A value that is loaded
    /// stays, with its changes; if somebody has changed the object since, an unchanged one is read anew.
    ///
    /// For stores on a server, where a process that did not renew its lease in time has lost its session and still has
    /// its handles. What it owned waits for this, for a day by default:
    /// [`StoreOptions::orphans`](crate::StoreOptions::orphans).
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
    /// `WrongStore` if `store` is another one, `Conflict` while somebody owns or borrows the object, `Diverged` if this
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
        if self.raw.is_over() && self.raw.parts().1.mark != Mark::Exclusive {
            return self.rescue();
        }
        self.come_home_loaded(at)?;
        match self.raw.release(at) {
            Err(error) if error.kind() == ErrorKind::SessionLost => self.rescue(),
            released => released.and_then(|()| self.value.take().ok_or_else(unloaded)),
        }
    }

    /// Takes the loaded value out of an object that cannot be reached any more as its owner.
    fn rescue(&mut self) -> Result<Box<T>> {
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
    pub(crate) fn come_home(&mut self, at: Place) -> Result<()> {
        // What is lent exclusively is not loaded, and what is lent shared is not changed: no loaded value is stale.
        self.raw.come_home(at)
    }

    #[cold]
    pub(crate) fn come_home_loaded(&mut self, at: Place) -> Result<()> {
        self.come_home(at)?;
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
}

/// Writes `value` if it was changed since its last version.
fn flush<T: Stored>(value: Option<&T>, store: &Store, state: &mut State, at: Place) -> Result<()> {
    match value {
        Some(value) if state.dirty => state.write(store, &store.encode(value)?, at),
        _ => Ok(()),
    }
}

/// What cannot happen, as an error rather than a panic: a value that was loaded is not there.
pub(crate) fn unloaded() -> Error {
    Error::new(ErrorKind::Corrupt, "the value was loaded and is missing; this is a bug in `ref-core`")
}

impl<T> Unborrowed for Owned<T> {}

impl<T> fmt::Debug for Owned<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.raw.lock();
        f.debug_struct("Owned")
            .field("object", &format_args!("{}", state.object))
            .field("lent", &format_args!("{}", state.mark))
            .field("loaded", &self.is_loaded())
            .finish_non_exhaustive()
    }
}
