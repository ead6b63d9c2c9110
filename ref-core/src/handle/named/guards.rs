//! The borrows of a published object: `NamedRef` keeps writers out, `NamedMut` is the writer.

use super::turn::RawBorrow;
use crate::backend::Caller;
use crate::error::{Refused, Result};
use crate::id::FencingToken;
use crate::store::functions::FunctionsOf;
use std::fmt;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::panic::Location;

/// A shared borrow of a published object, used as a `&T`. [`Named::borrow`](crate::Named::borrow) makes it.
///
/// While the borrow lives, no process changes the object. The drop gives the borrow back. A borrow stays on its thread.
#[must_use = "the borrow is given back when it is dropped, which `let _ =` does at once; keep it in a variable"]
pub struct NamedRef<'n, T> {
    value: Box<T>,
    borrow: RawBorrow,
    name: PhantomData<&'n ()>,
}

/// The exclusive borrow of a published object, used as a `&mut T`. [`Named::borrow_mut`](crate::Named::borrow_mut) makes
/// it.
///
/// The writer changes a copy of its own. [`commit`](NamedMut::commit) makes the copy the object's next version. Without
/// a commit, the drop gives the borrow back and changes nothing, as the death of the process does. A writer stays on its
/// thread.
///
/// ```
/// # fn main() -> ref_core::Result<()> {
/// # let store = ref_core::Store::open("memory:")?;
/// let mut index = store.named::<Vec<u64>>("index")?;
/// index.set(vec![1])?;
/// let mut writer = index.borrow_mut()?;
/// writer.push(2);
/// writer.commit()?;
/// assert_eq!(*index.snapshot()?, [1, 2]);
/// # Ok(())
/// # }
/// ```
///
/// A writer that has committed is gone:
///
/// ```compile_fail,E0382
/// # fn main() -> ref_core::Result<()> {
/// # let store = ref_core::Store::open("memory:")?;
/// # let mut index = store.named::<Vec<u64>>("index")?;
/// # index.set(vec![1])?;
/// let mut writer = index.borrow_mut()?;
/// writer.commit()?;
/// writer.push(2);
/// # Ok(())
/// # }
/// ```
///
/// ```
/// # fn main() -> ref_core::Result<()> {
/// # let store = ref_core::Store::open("memory:")?;
/// # let mut index = store.named::<Vec<u64>>("index")?;
/// # index.set(vec![1])?;
/// let mut writer = index.borrow_mut()?;
/// writer.push(2);
/// writer.commit()?;
/// # Ok(())
/// # }
/// ```
///
/// Rules: [R42](crate::guide::rules#r42), [R44](crate::guide::rules#r44).
#[must_use = "the borrow is given back when the writer is dropped, which `let _ =` does at once; keep it in a variable"]
pub struct NamedMut<'n, T> {
    value: Box<T>,
    functions: FunctionsOf<T>,
    /// The line that borrowed the object.
    at: Caller,
    borrow: RawBorrow,
    name: PhantomData<&'n mut ()>,
}

pub(in crate::handle) fn named_ref<'n, T>(value: Box<T>, borrow: RawBorrow) -> NamedRef<'n, T> {
    NamedRef { value, borrow, name: PhantomData }
}

pub(in crate::handle) fn named_mut<'n, T>(
    value: Box<T>,
    functions: FunctionsOf<T>,
    borrow: RawBorrow,
    at: Caller,
) -> NamedMut<'n, T> {
    NamedMut { value, functions, at, borrow, name: PhantomData }
}

impl<T> NamedRef<'_, T> {
    /// Gives the borrow back, as the drop does, and returns the error if that fails.
    ///
    /// # Errors
    /// The errors of the store, such as `Io` or `Unreachable`. A failed call drops the borrow, and the drop tries once
    /// more; [`release_or_return`](NamedRef::release_or_return) gives the borrow back.
    #[track_caller]
    pub fn release(mut self) -> Result<()> {
        self.borrow.lease.give_back(Location::caller())
    }

    /// Does what [`release`](NamedRef::release) does, and gives the borrow back if that fails.
    ///
    /// # Errors
    /// The errors of [`release`](NamedRef::release). The borrow is in the [`Refused`].
    #[track_caller]
    pub fn release_or_return(mut self) -> Result<(), Refused<Self>> {
        self.borrow.lease.give_back(Location::caller()).map_err(|error| Refused::new(error, self))
    }
}

impl<T> NamedMut<'_, T> {
    /// Makes the changed value the object's next version, and gives the borrow back. Returns the number of the version.
    ///
    /// # Errors
    /// `Fenced` if this process's session was lost; `Encode`, `TooLarge` or `StoreFull` if the value cannot be written;
    /// else the errors of the store. A failed call drops the writer, with the changed value;
    /// [`commit_or_return`](NamedMut::commit_or_return) gives the writer back.
    #[track_caller]
    pub fn commit(mut self) -> Result<FencingToken> {
        self.commit_at(Location::caller())
    }

    /// Does what [`commit`](NamedMut::commit) does, and gives the writer back if that fails, with the changed value.
    ///
    /// # Errors
    /// The errors of [`commit`](NamedMut::commit). The writer is in the [`Refused`].
    #[track_caller]
    pub fn commit_or_return(mut self) -> Result<FencingToken, Refused<Self>> {
        self.commit_at(Location::caller()).map_err(|error| Refused::new(error, self))
    }

    /// Makes the changed value the object's next version, and keeps the borrow. Returns the number of the version.
    ///
    /// Snapshots of other processes see the version from now on. If this process dies later, the version stays. The
    /// drop gives the borrow back, as always: without a [`commit`](NamedMut::commit), the changes since the last
    /// checkpoint are lost. If the value was not changed since then, this call writes nothing, and returns the last
    /// checkpoint's number.
    ///
    /// # Errors
    /// The errors of [`commit`](NamedMut::commit), and `Exhausted` if the object's counter is used up. The writer is not
    /// consumed.
    ///
    /// ```
    /// # fn main() -> ref_core::Result<()> {
    /// # let store = ref_core::Store::open("memory:")?;
    /// let mut index = store.named::<Vec<u64>>("index")?;
    /// let readers = store.named::<Vec<u64>>("index")?; // in another process
    /// index.set(vec![])?;
    /// let mut writer = index.borrow_mut()?;
    /// writer.push(1);
    /// writer.checkpoint()?;
    /// assert_eq!(*readers.snapshot()?, [1]);
    /// writer.push(2);
    /// writer.commit()?;
    /// assert_eq!(*readers.snapshot()?, [1, 2]);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn checkpoint(&mut self) -> Result<FencingToken> {
        let (at, lease) = (Location::caller(), &mut self.borrow.lease);
        if let Some(unchanged) = lease.confirm_checkpoint(at) {
            return unchanged;
        }
        let sealed = (self.functions)().encode(&lease.store, &self.value)?;
        lease.checkpoint(&sealed.pieces(), at).map(FencingToken)
    }

    /// Gives the borrow back without a change, as the drop does, and returns the error if that fails.
    ///
    /// # Errors
    /// The errors of the store, such as `Io` or `Unreachable`. A failed call drops the writer, and the drop tries once
    /// more; [`release_or_return`](NamedMut::release_or_return) gives the writer back.
    #[track_caller]
    pub fn release(mut self) -> Result<()> {
        self.borrow.lease.changed = None;
        self.borrow.lease.give_back(Location::caller())
    }

    /// Does what [`release`](NamedMut::release) does, and gives the writer back if that fails.
    ///
    /// # Errors
    /// The errors of [`release`](NamedMut::release). The writer is in the [`Refused`].
    #[track_caller]
    pub fn release_or_return(mut self) -> Result<(), Refused<Self>> {
        self.borrow.lease.forget_change();
        self.borrow.lease.give_back(Location::caller()).map_err(|error| Refused::new(error, self))
    }

    pub(in crate::handle) fn commit_at(&mut self, at: Caller) -> Result<FencingToken> {
        let lease = &mut self.borrow.lease;
        // The result tells the caller what became of the change, so the drop does not report it.
        if let Some(version) = lease.committed_already() {
            return lease.confirm(version, at).map(FencingToken);
        }
        let sealed = (self.functions)().encode(&lease.store, &self.value)?;
        lease.commit(&sealed.pieces(), at).map(FencingToken)
    }

    /// Returns the value, to be changed. If the change is not committed, the drop does not report it, as it reports one
    /// by `deref_mut`: the change is meant to be lost then.
    pub(in crate::handle) fn value_mut(&mut self) -> &mut T {
        &mut self.value
    }
}

impl<T> Deref for NamedRef<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> Deref for NamedMut<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> DerefMut for NamedMut<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        self.borrow.lease.changed = Some(self.at);
        &mut self.value
    }
}

impl<T: fmt::Debug> fmt::Debug for NamedRef<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.fmt(f)
    }
}

impl<T: fmt::Debug> fmt::Debug for NamedMut<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.fmt(f)
    }
}
