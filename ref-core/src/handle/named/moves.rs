//! From an owner to a name, and back. The object of an owner and that of a name are never the same: each move makes a
//! copy of the object. So no key or ticket of an owner's object leads to a published one, and no handle of a name to an
//! object that has an owner.

use super::find::RawNamed;
use super::handle::{Named, new_named};
use crate::backend::{Caller, ObjectName};
use crate::error::{ErrorKind, Refused, Result};
use crate::handle::loaded::Loaded;
use crate::handle::owned::Owned;
use crate::store::object::RawOwned;
use std::panic::Location;
use std::time::Duration;

impl<T> Owned<T> {
    /// Gives the object up, and publishes its value under `name`: any process finds it by [`Store::named`]. The
    /// published object is a copy, with another id.
    ///
    /// # Errors
    /// `MalformedName` if `name` is none, `NameTaken` if an object is published under the name, `TooManyNames` if the
    /// store has no room for it. `Conflict` while a borrower holds the owner's object; else the errors of
    /// [`duplicate`](Owned::duplicate). A failed call drops the owner;
    /// [`publish_or_return`](Owned::publish_or_return) gives the owner back.
    ///
    /// ```
    /// # fn main() -> ref_core::Result<()> {
    /// # let store = ref_core::Store::open("memory:")?;
    /// let owned = store.put(vec![1_u64])?;
    /// let index = owned.publish("index")?;
    /// assert_eq!(*index.snapshot()?, [1]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// [`Store::named`]: crate::Store::named
    #[track_caller]
    pub fn publish(mut self, name: &str) -> Result<Named<T>> {
        self.publish_at(name, Location::caller())
    }

    /// Does what [`publish`](Owned::publish) does, and gives the owner back if that fails.
    ///
    /// # Errors
    /// The errors of [`publish`](Owned::publish). The owner is in the [`Refused`].
    #[track_caller]
    pub fn publish_or_return(mut self, name: &str) -> Result<Named<T>, Refused<Self>> {
        self.publish_at(name, Location::caller()).map_err(|error| Refused::new(error, self))
    }

    /// Publishes a copy of the object. The caller drops the owner, which removes the object itself.
    fn publish_at(&mut self, name: &str, at: Caller) -> Result<Named<T>> {
        let raw = RawNamed::new(self.raw.store().clone(), ObjectName::parse(name)?);
        self.end_loan_if_lent(at)?;
        let mut copy = self.duplicate()?;
        raw.publish(copy.id(), at)?;
        copy.raw.give_up();
        Ok(new_named(raw, self.functions))
    }
}

impl<T> Named<T> {
    /// Takes the object out of the store's names, and becomes the owner of its value. At most one of several concurrent
    /// callers succeeds; the others find no object, or `Conflict` while that one is at work. The owner's object is a copy,
    /// with another id.
    ///
    /// The call reads the value first, so an object that cannot be read stays published. If this process dies during
    /// the call, the object stays published, or the copy stays as a detached object, or both. If the process dies later,
    /// the copy is detached: no death removes a value that was published once.
    ///
    /// # Errors
    /// `Conflict` while a process borrows the object; `StoreFull` or `TooManyObjects` if the store has no room for the
    /// copy; else the errors of [`snapshot`](Named::snapshot). A failed call changes nothing;
    /// [`into_owned_or_return`](Named::into_owned_or_return) gives the handle back. If the error is `Indeterminate`, the
    /// server may have removed the object. The copy stays then, detached, and [`Store::detached`] has its key.
    ///
    /// ```
    /// # fn main() -> ref_core::Result<()> {
    /// # let store = ref_core::Store::open("memory:")?;
    /// let mut index = store.named::<Vec<u64>>("index")?;
    /// index.set(vec![1])?;
    /// let mut owned = index.into_owned()?;
    /// owned.borrow_mut()?.push(2);
    /// let index = owned.publish("index")?;
    /// assert_eq!(*index.snapshot()?, [1, 2]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// [`Store::detached`]: crate::Store::detached
    #[track_caller]
    pub fn into_owned(self) -> Result<Owned<T>> {
        self.take_out(Location::caller())
    }

    /// Does what [`into_owned`](Named::into_owned) does, and gives the handle back if that fails.
    ///
    /// # Errors
    /// The errors of [`into_owned`](Named::into_owned). The handle is in the [`Refused`].
    #[track_caller]
    pub fn into_owned_or_return(self) -> Result<Owned<T>, Refused<Self>> {
        self.take_out(Location::caller()).map_err(|error| Refused::new(error, self))
    }

    fn take_out(&self, at: Caller) -> Result<Owned<T>> {
        let (store, functions) = (&self.raw.store, self.functions);
        // Of several callers, one is the writer. Until the object is removed, a failure or the death of this process
        // ends that borrow, and drops the copy.
        let borrow = self.raw.reserve(Duration::ZERO, at)?;
        let bytes = store.backend().read(borrow.lease.object, borrow.lease.version)?;
        store.check_type(&bytes, (functions().known)())?;
        let (copy, base) = store.backend().put(&[&bytes], at)?;
        let mut copy = RawOwned::new(store.clone(), copy, base);
        let value = functions().decode(store, bytes)?;
        // The copy becomes lasting first. If this process dies before the removal, both stay.
        copy.keep(at)?;
        if let Err(error) = self.raw.remove(borrow, at) {
            if error.kind() == ErrorKind::Indeterminate {
                copy.leave(at)?;
            }
            return Err(error);
        }
        Ok(Owned { value: Loaded::new(Some(Box::new(value))), functions, raw: copy })
    }
}
