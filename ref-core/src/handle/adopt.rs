//! `adopt`: a detached object gets an owner again.

use crate::backend::Caller;
use crate::codec::Encode;
use crate::error::{Error, ErrorKind, Refused, Result};
use crate::handle::key::Key;
use crate::handle::loaded::Loaded;
use crate::handle::owned::Owned;
use crate::handle::ticket::Pass;
use crate::id::Epoch;
use crate::schema::Known;
use crate::store::Store;
use crate::store::object::RawOwned;
use std::panic::Location;

/// Checks the first bytes of a version that has so many bytes.
type CheckHead<'a> = &'a dyn Fn(&[u8], usize) -> Result<()>;

impl Store {
    /// Becomes the owner of a detached object. At most one of several concurrent callers succeeds.
    ///
    /// The call looks at the first bytes of the version, and does not read the value: the first borrow does. An object of
    /// another type, codec or size than this process reads stays detached. If the first borrow finds that the value cannot
    /// be read, as that of damaged bytes, the drop of the owner detaches the object again, with the time that it
    /// [had](Store::put_for), and [`Error::key`](crate::Error::key) has its key. Otherwise the drop of the owner removes the
    /// object, as that of every other.
    ///
    /// If this process dies as the owner, the object is detached again, with the version that was written last.
    ///
    /// # Errors
    /// `Conflict` if the object is not detached any more, or while another call reads the object by its key; `WrongType`,
    /// `SchemaMismatch`, `CodecMismatch`, `TooLarge` or `Corrupt` as for [`get`](Store::get), as far as the first bytes
    /// show that; else the errors of [`get`](Store::get), but for `Decode`. [`adopt_or_return`](Store::adopt_or_return)
    /// gives the key back.
    ///
    /// ```
    /// # fn main() -> ref_core::Result<()> {
    /// # let store = ref_core::Store::open("memory:")?;
    /// let key = store.put(String::from("detached"))?.detach()?;
    /// let owned = store.adopt(key.clone())?;
    /// assert!(!owned.is_loaded());
    /// assert_eq!(store.adopt(key).unwrap_err().kind(), ref_core::ErrorKind::Conflict);
    /// assert_eq!(*owned.borrow()?, "detached");
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn adopt<T>(&self, key: Key<T>) -> Result<Owned<T>> {
        self.adopt_at(&key, Location::caller())
    }

    /// Does what [`adopt`](Store::adopt) does, and gives the key back if that fails.
    ///
    /// # Errors
    /// The errors of [`adopt`](Store::adopt). The key is in the [`Refused`].
    #[track_caller]
    pub fn adopt_or_return<T>(&self, key: Key<T>) -> Result<Owned<T>, Refused<Key<T>>> {
        self.adopt_at(&key, Location::caller()).map_err(|error| Refused::new(error, key))
    }

    /// Does what [`adopt`](Store::adopt) does, and gives the owner `value`, which the caller has already: so the first
    /// borrow reads nothing. The value has to be the stored one. So it is encoded, and compared with the version that the
    /// owner begins with, of which no byte is decoded.
    ///
    /// All bytes are compared where the store is in memory or on this host, and for a version of at most 16 KiB. Of a larger
    /// one on a server, its first bytes are fetched and compared. Their header has the length and a CRC-32 of all others: so
    /// of four billion wrong values of this length, one may be taken.
    ///
    /// # Errors
    /// Those of [`adopt`](Store::adopt); `Diverged` if the value is written as other bytes than the stored ones, and `Encode`
    /// or `TooLarge` if it cannot be written. The object stays as it was. Equal values may be written as unequal bytes, as
    /// [`Digest`](crate::Digest) says: a `HashMap` has another order in each process. A failed call drops the key and the
    /// value; [`adopt_with_or_return`](Store::adopt_with_or_return) gives both back.
    ///
    /// ```
    /// # fn main() -> ref_core::Result<()> {
    /// # let store = ref_core::Store::open("memory:")?;
    /// let key = store.put(vec![1_u64, 2])?.detach()?;
    /// let seen = store.get(&key)?; // in any process; the value may also have come in a message
    /// assert!(seen.len() < 10);
    ///
    /// let wrong = store.adopt_with(key.clone(), vec![1, 2, 3]).unwrap_err();
    /// assert_eq!(wrong.kind(), ref_core::ErrorKind::Diverged);
    /// let owned = store.adopt_with(key, seen)?;
    /// assert!(owned.is_loaded());
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn adopt_with<T>(&self, key: Key<T>, value: T) -> Result<Owned<T>> {
        match self.adopt_given(&key, &value, Location::caller()) {
            Ok(raw) => Ok(Owned { value: Loaded::new(Some(Box::new(value))), functions: key.functions, raw }),
            Err(error) => Err(error),
        }
    }

    /// Does what [`adopt_with`](Store::adopt_with) does, and gives the key and the value back if that fails.
    ///
    /// # Errors
    /// The errors of [`adopt_with`](Store::adopt_with). The key and the value are in the [`Refused`].
    #[track_caller]
    pub fn adopt_with_or_return<T>(&self, key: Key<T>, value: T) -> Result<Owned<T>, Refused<(Key<T>, T)>> {
        match self.adopt_given(&key, &value, Location::caller()) {
            Ok(raw) => Ok(Owned { value: Loaded::new(Some(Box::new(value))), functions: key.functions, raw }),
            Err(error) => Err(Refused::new(error, (key, value))),
        }
    }

    fn adopt_given<T>(&self, key: &Key<T>, value: &T, at: Caller) -> Result<RawOwned> {
        let functions = (key.functions)();
        self.adopt_known(&key.pass, functions.known, (functions.value)(value), at)
    }

    fn adopt_at<T>(&self, key: &Key<T>, at: Caller) -> Result<Owned<T>> {
        let functions = (key.functions)();
        let mut raw = self.adopt_pass(&key.pass, &|head, length| functions.check_head(self, head, length), at)?;
        raw.parts().1.unread = true;
        Ok(Owned { value: Loaded::new(None), functions: key.functions, raw })
    }

    /// Becomes the owner of the object if its version has the bytes as which `value` is written.
    fn adopt_known(
        &self,
        pass: &Pass,
        known: fn() -> &'static Known,
        value: &dyn Encode,
        at: Caller,
    ) -> Result<RawOwned> {
        pass.check_store(self)?;
        let sealed = self.seal(known(), value)?;
        let check = |head: &[u8], length| {
            self.check_head(head, length, known())?;
            if sealed.begins_with(head, length) { Ok(()) } else { Err(other_value()) }
        };
        self.adopt_pass(pass, &check, at)
    }

    /// Becomes the owner of the object if `check` finds nothing wrong with the version that the owner begins with.
    fn adopt_pass(&self, pass: &Pass, check: CheckHead<'_>, at: Caller) -> Result<RawOwned> {
        pass.check_store(self)?;
        let (backend, object) = (self.backend(), pass.object);
        let head = backend.head(object, at).map_err(|error| self.explain_missing(pass, error))?;
        check(&head.bytes, head.length)?;
        let mut raw = RawOwned::adopt(self, object, at)?;
        // Between the look and the adoption, another owner may have written a version of another type.
        let base: Epoch = raw.parts().1.base;
        let checked = if base == head.version {
            Ok(())
        } else {
            backend.read(object, base).and_then(|bytes| check(&bytes, bytes.len()))
        };
        if let Err(error) = checked {
            raw.leave(at)?;
            return Err(error);
        }
        Ok(raw)
    }
}

fn other_value() -> Error {
    Error::new(
        ErrorKind::Diverged,
        "the value that was given is not the stored one: they are written as different bytes",
    )
    .with_remedy("`adopt` the object without a value: the first borrow reads it")
}
