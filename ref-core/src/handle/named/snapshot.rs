//! One version of a published object, which does not change.

use crate::id::{Epoch, FencingToken, ObjectId};
use crate::ledger::{Command, Reply};
use crate::store::Store;
use crate::sync::Arc;
use std::fmt;
use std::ops::Deref;
use std::panic::Location;

/// One version of a named object, used as a `&T`. [`Named::snapshot`](crate::Named::snapshot) makes a snapshot.
///
/// A snapshot never changes, whatever becomes of the object, its name and its store. It is a copy in this process, but for
/// a [`Bulk`](crate::Bulk), which may be mapped. It holds nothing in the store, so no writer waits for it. A clone shares
/// the copy.
///
/// A later [`snapshot`](crate::Named::snapshot) returns what is the newest version then, and
/// [`is_current`](Snapshot::is_current) tells whether this one still is.
///
/// ```
/// # fn main() -> ref_core::Result<()> {
/// # let store = ref_core::Store::open("memory:")?;
/// let mut index = store.named::<Vec<u64>>("index")?;
/// index.set(vec![1])?;
/// let first = index.snapshot()?;
/// index.set(vec![1, 2])?;
/// assert_eq!((*first).len(), 1);
/// assert!(!first.is_current() && index.snapshot()?.is_current());
/// # Ok(())
/// # }
/// ```
///
/// A snapshot is read-only:
///
/// ```compile_fail,E0596
/// # fn main() -> ref_core::Result<()> {
/// # let store = ref_core::Store::open("memory:")?;
/// # let mut index = store.named::<Vec<u64>>("index")?;
/// # index.set(vec![1])?;
/// let mut now = index.snapshot()?;
/// now.push(2);
/// # Ok(())
/// # }
/// ```
///
/// ```
/// # fn main() -> ref_core::Result<()> {
/// # let store = ref_core::Store::open("memory:")?;
/// # let mut index = store.named::<Vec<u64>>("index")?;
/// # index.set(vec![1])?;
/// let mut now = index.borrow_mut()?;
/// now.push(2);
/// now.commit()?;
/// # Ok(())
/// # }
/// ```
///
/// Rule: [R43](crate::guide::rules#r43).
pub struct Snapshot<T> {
    read: Arc<ReadVersion<T>>,
}

/// A version of an object, with its decoded value.
pub(in crate::handle) struct ReadVersion<T> {
    pub(in crate::handle) object: ObjectId,
    pub(in crate::handle) version: Epoch,
    pub(in crate::handle) store: Store,
    pub(in crate::handle) value: T,
}

pub(in crate::handle) fn new_snapshot<T>(read: ReadVersion<T>) -> Snapshot<T> {
    Snapshot { read: Arc::new(read) }
}

impl<T> Snapshot<T> {
    pub(super) fn object(&self) -> ObjectId {
        self.read.object
    }

    pub(super) fn epoch(&self) -> Epoch {
        self.read.version
    }

    /// Returns the store, the object and the version that this snapshot was read from.
    pub(in crate::handle) fn source(&self) -> (&Store, ObjectId, Epoch) {
        (&self.read.store, self.read.object, self.read.version)
    }

    /// Returns whether this is the newest version. On `shm:` and `file:` the call makes no system call; on a server it
    /// asks the server.
    ///
    /// Returns `false` if there is a newer version, if the object was removed or got an owner, and if the store cannot
    /// tell.
    #[must_use]
    #[track_caller]
    pub fn is_current(&self) -> bool {
        let read = &*self.read;
        if let Ok(true) = read.store.backend().is_newest(read.object, read.version) {
            return true;
        }
        let asked = read.store.backend().apply(read.object, Command::Get, &[], Location::caller());
        matches!(asked, Ok(Reply::Version(now)) if now == read.version)
    }

    /// Returns the number of this version. If a [`commit`](crate::NamedMut::commit) or [`set`](crate::Named::set) wrote
    /// the version, that call returned the same number. A later version of the same object has a larger number.
    #[must_use]
    pub fn version(&self) -> FencingToken {
        FencingToken(self.read.version)
    }
}

impl<T> Clone for Snapshot<T> {
    fn clone(&self) -> Self {
        Self { read: Arc::clone(&self.read) }
    }
}

impl<T> Deref for Snapshot<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.read.value
    }
}

impl<T: fmt::Debug> fmt::Debug for Snapshot<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.read.value.fmt(f)
    }
}

impl<T: fmt::Display> fmt::Display for Snapshot<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.read.value.fmt(f)
    }
}
