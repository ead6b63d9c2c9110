//! `digest`: a hash of a version's bytes, for which no value is decoded.

use crate::error::Result;
use crate::handle::key::Key;
use crate::handle::lease::Lease;
use crate::handle::named::{Named, Snapshot};
use crate::handle::owned::{Owned, unloaded};
use crate::id::Digest;
use crate::store::Store;
use std::panic::Location;

impl Store {
    /// Returns the [digest](Digest) of a detached object's current version. No borrow excludes the call, and the call
    /// keeps none.
    ///
    /// The call reads the bytes and decodes nothing. On `shm:` and `file:` it hashes a large version where the store has
    /// it. From a server it fetches the version.
    ///
    /// # Errors
    /// Those of [`get`](Store::get), but for the errors of a value that cannot be read: damaged bytes have a digest, which
    /// is another one than before.
    ///
    /// ```
    /// # fn main() -> ref_core::Result<()> {
    /// # let store = ref_core::Store::open("memory:")?;
    /// let (a, b) = (store.put(vec![1_u64, 2])?.detach()?, store.put(vec![1_u64, 2])?.detach()?);
    /// assert_eq!(store.digest(&a)?, store.digest(&b)?); // equal bytes
    ///
    /// let mut list = store.adopt(b)?;
    /// list.borrow_mut()?.push(3);
    /// let b = list.detach()?;
    /// assert_ne!(store.digest(&a)?, store.digest(&b)?);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn digest<T>(&self, key: &Key<T>) -> Result<Digest> {
        key.pass.check_store(self)?;
        let current = self.backend().snapshot(key.pass.object, None, Location::caller());
        let (_, bytes) = current.map_err(|error| self.explain_missing(&key.pass, error))?;
        bytes.map(|bytes| Digest::of(&bytes)).ok_or_else(unloaded)
    }
}

impl<T> Owned<T> {
    /// Returns the [digest](Digest) of the newest version. Changes that are not written yet are in no version: call
    /// [`flush`](Owned::flush) before. Decodes nothing, as [`Store::digest`] says.
    ///
    /// # Errors
    /// `Conflict` while a borrower holds the object under an exclusive loan whose handle was dropped or forgotten; else
    /// the errors of the store, such as `Io`.
    ///
    /// ```
    /// # fn main() -> ref_core::Result<()> {
    /// # let store = ref_core::Store::open("memory:")?;
    /// let mut list = store.put(vec![1_u64, 2])?;
    /// let before = list.digest()?;
    /// list.borrow_mut()?.push(3);
    /// assert_eq!(list.digest()?, before);
    /// list.flush()?;
    /// assert_ne!(list.digest()?, before);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn digest(&self) -> Result<Digest> {
        self.stored(Location::caller()).map(|bytes| Digest::of(&bytes))
    }
}

impl<T, A> Lease<T, A> {
    /// Returns the [digest](Digest) of the version that this lease reads, which is not decoded, as [`Store::digest`] says.
    /// The changes of an exclusive lease are in no version before its commit.
    ///
    /// # Errors
    /// `Gone` if the store does not have the bytes any more; else the errors of the store, such as `Io`.
    pub fn digest(&self) -> Result<Digest> {
        self.raw.store.backend().read(self.raw.object, self.raw.version).map(|bytes| Digest::of(&bytes))
    }
}

impl<T> Named<T> {
    /// Returns the [digest](Digest) of the object's newest version, which is not decoded, as [`Store::digest`] says. The
    /// call waits for no writer.
    ///
    /// # Errors
    /// `NotFound` if no object is published under the name; else the errors of the store, such as `Io`.
    ///
    /// ```
    /// # fn main() -> ref_core::Result<()> {
    /// # let store = ref_core::Store::open("memory:")?;
    /// let mut index = store.named::<Vec<u64>>("index")?;
    /// index.set(vec![1])?;
    /// assert_eq!(index.digest()?, index.snapshot()?.digest()?);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn digest(&self) -> Result<Digest> {
        let (store, at) = (&self.raw.store, Location::caller());
        let (_, bytes) = self.raw.on_object(|object| store.backend().snapshot(object, None, at))?;
        bytes.map(|bytes| Digest::of(&bytes)).ok_or_else(unloaded)
    }
}

impl<T> Snapshot<T> {
    /// Returns the [digest](Digest) of this version, which is not decoded again, as [`Store::digest`] says.
    ///
    /// # Errors
    /// `Gone` if the store does not have the bytes of this version any more, as after a later commit: a snapshot keeps
    /// the value, and nothing in the store. Else the errors of the store, such as `Io`.
    pub fn digest(&self) -> Result<Digest> {
        let (store, object, version) = self.source();
        store.backend().read(object, version).map(|bytes| Digest::of(&bytes))
    }
}
