//! From an owner to a name, and back. The object of an owner and that of a name are never the same: each move makes a
//! copy of the object. So no key or ticket of an owner's object leads to a published one, and no handle of a name to an
//! object that has an owner.

use super::find::RawNamed;
use super::handle::Named;
use crate::backend::{Caller, ObjectName};
use crate::error::{Refused, Result};
use crate::handle::owned::{Owned, unloaded};
use crate::id::{Epoch, ObjectId};
use crate::store::object::RawOwned;
use crate::sync::OnceLock;
use std::panic::Location;

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
        Ok(Named::new(raw, self.functions))
    }
}

impl<T> Named<T> {
    /// Takes the object out of the store's names, and becomes the owner of its value. At most one of several concurrent
    /// callers succeeds; the others find no object. The owner's object is a copy, with another id.
    ///
    /// The call reads the value first, so an object that cannot be read stays published. If this process dies, the
    /// object goes with it, as with any owner.
    ///
    /// # Errors
    /// `Conflict` while a process borrows the object; `StoreFull` or `TooManyObjects` if the store has no room for the
    /// copy; else the errors of [`snapshot`](Named::snapshot). A failed call changes nothing;
    /// [`into_owned_or_return`](Named::into_owned_or_return) gives the handle back.
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
        self.raw.on_object(|object| {
            let store = &self.raw.store;
            let (version, bytes) = store.backend().snapshot(object, None, at)?;
            let bytes = bytes.ok_or_else(unloaded)?;
            store.check_type(&bytes, ((self.functions)().known)())?;
            let (copy, base) = store.backend().put(&[&bytes], at)?;
            let copy = RawOwned::new(store.clone(), copy, base);
            let value = ((self.functions)().decode)(store, bytes)?;
            // Until now, a failure drops the copy only. The adoption decides between several callers.
            let mut published = self.adopt(object, at)?;
            let now = published.lock().base;
            let value = if now == version { Ok(value) } else { self.copy_again(&copy, object, now, at) };
            let value = value.inspect_err(|_| {
                if self.raw.publish(object, at).is_ok() {
                    published.give_up();
                }
            })?;
            drop(published);
            self.raw.forget(object);
            Ok(Owned { value: OnceLock::from(Box::new(value)), functions: self.functions, raw: copy })
        })
    }

    /// Writes the version `now` of the object into the copy, since a writer has committed it after the copy was made.
    /// Returns the value.
    fn copy_again(&self, copy: &RawOwned, object: ObjectId, now: Epoch, at: Caller) -> Result<T> {
        let store = &self.raw.store;
        let bytes = store.backend().read(object, now)?;
        copy.lock().write(store, &[&bytes], at)?;
        ((self.functions)().decode)(store, bytes)
    }
}
