//! `Named`: an object by its name, for any process.

use super::find::RawNamed;
use super::guards::{NamedMut, NamedRef, named_mut, named_ref};
use super::snapshot::{ReadVersion, Snapshot, new_snapshot};
use super::turn::{RawBorrow, TURN_TIMEOUT};
use crate::backend::{Caller, Pieces};
use crate::error::{Error, ErrorKind, Result};
use crate::handle::owned::unloaded;
use crate::id::{FencingToken, ObjectId};
use crate::store::functions::FunctionsOf;
use crate::store::object::RawOwned;
use crate::sync::{Mutex, lock};
use std::fmt;
use std::panic::Location;
use std::time::Duration;

/// An object that every process of a store finds by its name, reads and changes. No process owns it.
/// [`Store::named`] makes this handle, before or after there is an object of that name. The first [`set`](Named::set)
/// makes the object.
///
/// | call | what it does | waits for |
/// |---|---|---|
/// | [`snapshot`](Named::snapshot) | returns the newest version | nothing |
/// | [`set`](Named::set) | makes a value the next version, or the first one | readers and writers |
/// | [`get_or_insert_with`](Named::get_or_insert_with) | returns the newest version, or makes a first one | nothing |
/// | [`update`](Named::update), [`borrow_mut`](Named::borrow_mut) | changes the value | readers and writers |
/// | [`borrow`](Named::borrow) | reads the value, and keeps writers out meanwhile | the writer |
/// | [`watch`](Named::watch) | returns a watcher, which waits for the next change | nothing |
/// | [`remove`](Named::remove) | takes the object out of the store | nothing: refused while borrowed |
/// | [`into_owned`](Named::into_owned) | makes this process the owner, and frees the name | nothing: refused while borrowed |
///
/// *Readers* and *writers* are the borrows of all processes. A snapshot is no borrow: it keeps no writer out, and no writer
/// keeps it out.
///
/// The object stays in the store until a process removes it, also when all processes have ended. If a writer dies, the
/// version before its change stays, and the next writer goes on. A name whose object was removed can be set anew. The new
/// object is another one, with versions of its own.
///
/// A handle holds nothing in the store. It keeps the snapshot that it has read last, so a program makes it once and not for
/// each read. It may be cloned and sent to other threads.
///
/// ```
/// # fn main() -> ref_core::Result<()> {
/// let store = ref_core::Store::open("memory:")?;
/// let mut index = store.named::<Vec<u64>>("index")?;
/// index.set(vec![1])?;
///
/// let mut elsewhere = store.named::<Vec<u64>>("index")?; // in another process
/// elsewhere.update(|index| index.push(2))?;
///
/// assert_eq!(*index.snapshot()?, [1, 2]);
/// # Ok(())
/// # }
/// ```
///
/// A reader and a writer of one handle at the same time do not compile:
///
/// ```compile_fail,E0502
/// # fn main() -> ref_core::Result<()> {
/// # let store = ref_core::Store::open("memory:")?;
/// # let mut index = store.named::<Vec<u64>>("index")?;
/// # index.set(vec![1])?;
/// let reader = index.borrow()?;
/// index.borrow_mut()?.commit()?;
/// println!("{}", reader.len());
/// # Ok(())
/// # }
/// ```
///
/// ```
/// # fn main() -> ref_core::Result<()> {
/// # let store = ref_core::Store::open("memory:")?;
/// # let mut index = store.named::<Vec<u64>>("index")?;
/// # index.set(vec![1])?;
/// let reader = index.borrow()?;
/// println!("{}", reader.len());
/// drop(reader);
/// index.borrow_mut()?.commit()?;
/// # Ok(())
/// # }
/// ```
///
/// [`Store::named`]: crate::Store::named
///
/// Rules: [R42](crate::guide::rules#r42), [R45](crate::guide::rules#r45).
pub struct Named<T> {
    pub(in crate::handle) raw: RawNamed,
    pub(in crate::handle) functions: FunctionsOf<T>,
    /// The snapshot that this handle has read last.
    newest: Mutex<Option<Snapshot<T>>>,
}

pub(super) fn new_named<T>(raw: RawNamed, functions: FunctionsOf<T>) -> Named<T> {
    Named { raw, functions, newest: Mutex::new(None) }
}

impl<T> Named<T> {
    /// Returns the name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.raw.name.as_str()
    }

    /// Returns the newest version of the object. The call waits for no writer, and no writer waits for the snapshot.
    ///
    /// The handle keeps the snapshot that it has read last. While that version is the newest one, the call reads and
    /// decodes nothing.
    ///
    /// # Errors
    /// `NotFound` if no object is published under the name. `WrongType`, `SchemaMismatch`, `CodecMismatch`, `Corrupt`
    /// or `Decode` if the stored bytes are not a value of this type, `TooLarge` if this session does not allow so large
    /// a value; else the errors of the store, such as `Io`.
    #[track_caller]
    pub fn snapshot(&self) -> Result<Snapshot<T>> {
        self.snapshot_at(Location::caller())
    }

    /// Makes `value` the object's next version, or the first version of a new object of this name. Returns the number
    /// of the version. Waits up to 30 seconds for the object's borrowers. If several processes set a first value at once,
    /// one of the values is the first version, and each other one is a later version.
    ///
    /// # Errors
    /// `WrongType` or `SchemaMismatch` if the object is of another type. `Encode`, `TooLarge`, `StoreFull`,
    /// `TooManyObjects` or `TooManyNames` if the value cannot be written. `Timeout` if a borrower does not give the
    /// object back, `WouldDeadlock` if this thread borrows it; else the errors of the store, such as `Io`.
    #[track_caller]
    pub fn set(&mut self, value: T) -> Result<FencingToken> {
        let at = Location::caller();
        let sealed = (self.functions)().encode(&self.raw.store, &value)?;
        let bytes = &*sealed.pieces();
        loop {
            match self.replace(bytes, at) {
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                done => return done,
            }
            match self.publish_first(bytes, at) {
                // Another session has set the first value.
                Err(error) if error.kind() == ErrorKind::NameTaken => {}
                done => return done,
            }
        }
    }

    /// Returns the newest version, or makes the value of `make` the first version if there is none.
    ///
    /// # Errors
    /// The errors of [`snapshot`](Named::snapshot), but not `NotFound`; else those of a first [`set`](Named::set).
    ///
    /// ```
    /// # fn main() -> ref_core::Result<()> {
    /// # let store = ref_core::Store::open("memory:")?;
    /// let cart = store.named::<Vec<String>>("carts/ann")?.get_or_insert_with(Vec::new)?;
    /// assert!(cart.is_empty());
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn get_or_insert_with(&self, make: impl FnOnce() -> T) -> Result<Snapshot<T>> {
        let at = Location::caller();
        if let Some(found) = found(self.snapshot_at(at))? {
            return Ok(found);
        }
        let sealed = (self.functions)().encode(&self.raw.store, &make())?;
        loop {
            match self.publish_first(&sealed.pieces(), at) {
                Err(error) if error.kind() != ErrorKind::NameTaken => return Err(error),
                _published_by_one => {}
            }
            // The object may be removed before it is read.
            if let Some(found) = found(self.snapshot_at(at))? {
                return Ok(found);
            }
        }
    }

    /// Borrows the object to read it, and keeps writers out until the borrow is dropped. Waits up to 30 seconds for the
    /// writer. A program that need not keep writers out takes a [`snapshot`](Named::snapshot).
    ///
    /// # Errors
    /// `Timeout` if the writer does not give the object back. `WouldDeadlock` if this thread is the writer, or if it
    /// borrows the object already and a writer waits; else the errors of [`snapshot`](Named::snapshot).
    #[track_caller]
    pub fn borrow(&self) -> Result<NamedRef<'_, T>> {
        let borrow = self.raw.share(TURN_TIMEOUT, Location::caller())?;
        Ok(named_ref(self.load(&borrow)?, borrow))
    }

    /// Borrows the object to change it. Waits up to 30 seconds for the object's readers and writers. When only readers are
    /// left to wait for, no new reader is admitted, so the present ones are the last. Snapshots are never refused.
    ///
    /// Waiting writers have their turns in the order in which they came. A process that is killed or stopped while it
    /// waits is skipped.
    ///
    /// # Errors
    /// `Timeout` if a borrower does not give the object back, `WouldDeadlock` if this thread borrows it; else the
    /// errors of [`snapshot`](Named::snapshot).
    #[track_caller]
    pub fn borrow_mut(&mut self) -> Result<NamedMut<'_, T>> {
        self.borrow_mut_at(TURN_TIMEOUT, Location::caller())
    }

    /// Does what [`borrow_mut`](Named::borrow_mut) does, and waits up to `timeout`.
    ///
    /// # Errors
    /// The errors of [`borrow_mut`](Named::borrow_mut).
    #[track_caller]
    pub fn borrow_mut_timeout(&mut self, timeout: Duration) -> Result<NamedMut<'_, T>> {
        self.borrow_mut_at(timeout, Location::caller())
    }

    /// Does what [`borrow_mut`](Named::borrow_mut) does, and does not wait. If the object is free, the call gets it before
    /// writers that wait.
    ///
    /// # Errors
    /// `Conflict` if the object is borrowed; the error names the holders. Else the errors of
    /// [`snapshot`](Named::snapshot).
    ///
    /// ```
    /// # fn main() -> ref_core::Result<()> {
    /// # let store = ref_core::Store::open("memory:")?;
    /// let mut index = store.named::<Vec<u64>>("index")?;
    /// index.set(vec![1])?;
    /// let mut other = index.clone();
    /// let writer = index.borrow_mut()?;
    /// assert_eq!(other.try_borrow_mut().unwrap_err().kind(), ref_core::ErrorKind::Conflict);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn try_borrow_mut(&mut self) -> Result<NamedMut<'_, T>> {
        self.borrow_mut_at(Duration::ZERO, Location::caller())
    }

    /// Changes the value by `change`, and makes it the next version. Returns what `change` returns. If `change` panics,
    /// or if the process dies before the commit, the object is unchanged.
    ///
    /// # Errors
    /// The errors of [`borrow_mut`](Named::borrow_mut) and of [`NamedMut::commit`].
    #[track_caller]
    pub fn update<R>(&mut self, change: impl FnOnce(&mut T) -> R) -> Result<R> {
        self.try_update(|value| Ok(change(value)))
    }

    /// Does what [`update`](Named::update) does if `change` returns `Ok`. If `change` returns an error, the object is
    /// unchanged.
    ///
    /// # Errors
    /// The error of `change`; else the errors of [`update`](Named::update).
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let store = ref_core::Store::open("memory:")?;
    /// let mut stock = store.named::<u64>("stock")?;
    /// stock.set(1)?;
    /// let take = |stock: &mut u64| -> Result<(), Box<dyn std::error::Error>> {
    ///     *stock = stock.checked_sub(1).ok_or("sold out")?;
    ///     Ok(())
    /// };
    /// stock.try_update(take)?;
    /// assert_eq!(stock.try_update(take).unwrap_err().to_string(), "sold out");
    /// assert_eq!(*stock.snapshot()?, 0);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn try_update<R, E: From<Error>>(&mut self, change: impl FnOnce(&mut T) -> Result<R, E>) -> Result<R, E> {
        let at = Location::caller();
        let mut writer = self.borrow_mut_at(TURN_TIMEOUT, at)?;
        let changed = change(writer.value_mut())?;
        writer.commit_at(at)?;
        Ok(changed)
    }

    /// Removes the object, and returns whether there was one. Snapshots stay as they are.
    ///
    /// # Errors
    /// `Conflict` while a process borrows the object; else the errors of the store, such as `Io`.
    ///
    /// ```
    /// # fn main() -> ref_core::Result<()> {
    /// # let store = ref_core::Store::open("memory:")?;
    /// let mut index = store.named::<u64>("index")?;
    /// index.set(1)?;
    /// assert!(index.remove()?);
    /// assert!(!index.remove()?);
    /// assert_eq!(index.snapshot().unwrap_err().kind(), ref_core::ErrorKind::NotFound);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn remove(&mut self) -> Result<bool> {
        let at = Location::caller();
        let Some(borrow) = found(self.raw.reserve(Duration::ZERO, at))? else { return Ok(false) };
        self.raw.remove(borrow, at).map(|()| true)
    }

    fn snapshot_at(&self, at: Caller) -> Result<Snapshot<T>> {
        let newest = lock(&self.newest).clone();
        match newest {
            Some(newest) if self.raw.store.backend().is_newest(newest.object(), newest.epoch())? => Ok(newest),
            newest => self.snapshot_after(newest, at),
        }
    }

    /// Returns the newest version, where `known` was the newest one at an earlier call.
    fn snapshot_after(&self, mut known: Option<Snapshot<T>>, at: Caller) -> Result<Snapshot<T>> {
        let object = known.as_ref().map(Snapshot::object);
        let read = |object| self.read(object, known.take().filter(|known| known.object() == object), at);
        if object.is_some() { self.raw.on_object_from(object, read) } else { self.raw.on_object(read) }
    }

    /// Reads the newest version of the object, unless it is `known`.
    fn read(&self, object: ObjectId, known: Option<Snapshot<T>>, at: Caller) -> Result<Snapshot<T>> {
        let store = &self.raw.store;
        let (version, bytes) = store.backend().snapshot(object, known.as_ref().map(Snapshot::epoch), at)?;
        let Some(bytes) = bytes else { return known.ok_or_else(unloaded) };
        let value = (self.functions)().decode(store, bytes)?;
        let read = new_snapshot(ReadVersion { object, version, store: store.clone(), value });
        *lock(&self.newest) = Some(read.clone());
        Ok(read)
    }

    fn borrow_mut_at(&self, timeout: Duration, at: Caller) -> Result<NamedMut<'_, T>> {
        let borrow = self.raw.reserve(timeout, at)?;
        Ok(named_mut(self.load(&borrow)?, self.functions, borrow, at))
    }

    fn load(&self, borrow: &RawBorrow) -> Result<Box<T>> {
        let (store, lease) = (&self.raw.store, &borrow.lease);
        let bytes = store.backend().read(lease.object, lease.version)?;
        (self.functions)().decode(store, bytes).map(Box::new)
    }

    /// Writes the next version of the object, if it is of this type.
    fn replace(&self, bytes: Pieces<'_>, at: Caller) -> Result<FencingToken> {
        let mut borrow = self.raw.reserve(TURN_TIMEOUT, at)?;
        let (store, lease) = (&self.raw.store, &mut borrow.lease);
        let replaced = store.backend().read(lease.object, lease.version)?;
        store.check_type(&replaced, ((self.functions)().known)())?;
        lease.commit(bytes, at).map(FencingToken)
    }

    /// Puts a new object, and publishes it.
    fn publish_first(&self, bytes: Pieces<'_>, at: Caller) -> Result<FencingToken> {
        let store = &self.raw.store;
        let (object, version) = store.backend().put(bytes, at)?;
        let mut owner = RawOwned::new(store.clone(), object, version);
        self.raw.publish(object, at)?;
        owner.give_up();
        Ok(FencingToken(version))
    }
}

/// Turns the error `NotFound` into `None`.
fn found<R>(result: Result<R>) -> Result<Option<R>> {
    match result {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        found => found.map(Some),
    }
}

impl<T> Clone for Named<T> {
    fn clone(&self) -> Self {
        Self { raw: self.raw.clone(), functions: self.functions, newest: Mutex::new(lock(&self.newest).clone()) }
    }
}

impl<T> fmt::Debug for Named<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Named")
            .field("name", &self.name())
            .field("type", &format_args!("{}", ((self.functions)().known)().name))
            .finish_non_exhaustive()
    }
}
