//! A watcher, which waits for the changes of a name's object.

use super::find::RawNamed;
use super::handle::Named;
use super::held::is_held_here;
use super::snapshot::Snapshot;
use crate::backend::{Caller, Watch};
use crate::error::{Error, ErrorKind, Result};
use crate::id::{Epoch, ObjectId};
use crate::ledger::{Command, Reply};
use crate::store::object::unexpected;
use crate::sync::{Instant, deadline};
use std::fmt;
use std::panic::Location;
use std::time::Duration;

/// Waits for the changes of a named object. [`Named::watch`](crate::Named::watch) makes a watcher.
///
/// A change is a new version, the removal of the object, or a first or another object under the name. A change by this
/// process counts too.
///
/// A watcher has a mark: the version that it has seen last, or that there was no object. [`changed`](Watcher::changed)
/// returns as soon as the newest version is another one, and moves the mark to that one. So it misses no change, also none
/// between two calls. Several changes between two calls count as one: [`snapshot`](Watcher::snapshot) returns the newest
/// version, and the ones in between are not to be had any more.
///
/// A watcher holds nothing in the store, and no reader or writer waits for it. While no watcher waits, a writer does
/// nothing for watchers. A watcher may be sent to another thread.
///
/// ```
/// # fn main() -> ref_core::Result<()> {
/// # let store = ref_core::Store::open("memory:")?;
/// let mut index = store.named::<Vec<u64>>("index")?;
/// let mut watcher = index.watch()?; // nothing is published yet
///
/// std::thread::scope(|scope| -> ref_core::Result<()> {
///     let seen = scope.spawn(move || -> ref_core::Result<usize> {
///         watcher.changed()?; // in another process, as a rule
///         Ok(watcher.snapshot()?.len())
///     });
///     index.set(vec![1, 2])?;
///     assert_eq!(seen.join().expect("it does not panic")?, 2);
///     Ok(())
/// })
/// # }
/// ```
#[must_use = "a watcher waits only when `changed` is called"]
pub struct Watcher<T> {
    pub(in crate::handle) named: Named<T>,
    pub(in crate::handle) seen: Option<SeenVersion>,
}

/// What a watcher has seen: a published object, and its version.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::handle) struct SeenVersion {
    pub(in crate::handle) object: ObjectId,
    pub(in crate::handle) version: Epoch,
}

impl<T> Named<T> {
    /// Returns a watcher, which waits for the next change. Its mark is what the name leads to now: the newest version of
    /// an object, or nothing.
    ///
    /// # Errors
    /// The errors of the store, such as `Io` or `Unreachable`. It is no error if no object is published under the name.
    ///
    /// ```
    /// # fn main() -> ref_core::Result<()> {
    /// use std::time::Duration;
    ///
    /// # let store = ref_core::Store::open("memory:")?;
    /// let mut index = store.named::<u64>("index")?;
    /// index.set(1)?;
    /// let mut watcher = index.watch()?;
    /// assert!(!watcher.changed_timeout(Duration::ZERO)?);
    /// index.set(2)?;
    /// index.set(3)?;
    /// assert!(watcher.changed_timeout(Duration::ZERO)?); // two changes at once are one
    /// assert!(!watcher.changed_timeout(Duration::ZERO)?);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn watch(&self) -> Result<Watcher<T>> {
        let mut watcher = Watcher { named: self.clone(), seen: None };
        watcher.seen = look(&watcher.named.raw, Location::caller())?;
        Ok(watcher)
    }
}

impl<T> Watcher<T> {
    /// Waits until there is something else under the name than the mark: a newer version, another object or none. Then
    /// moves the mark to that. Returns at once if that is so already.
    ///
    /// # Errors
    /// `WouldDeadlock` if this thread borrows the object, and so keeps every writer out; else the errors of the store,
    /// such as `Io`, `SessionLost` or `Unreachable`. A failed call moves no mark: the change is found by the next call.
    #[track_caller]
    pub fn changed(&mut self) -> Result<()> {
        self.wait(None, Location::caller()).map(|_changed| ())
    }

    /// Does what [`changed`](Watcher::changed) does, and waits up to `timeout`. Returns whether there was a change. With
    /// a time of zero, looks once.
    ///
    /// # Errors
    /// The errors of [`changed`](Watcher::changed).
    #[track_caller]
    pub fn changed_timeout(&mut self, timeout: Duration) -> Result<bool> {
        self.wait(Some(timeout), Location::caller())
    }

    /// Returns the newest version of the object, and moves the mark to it. So the next [`changed`](Watcher::changed)
    /// waits for a version that is newer than the snapshot.
    ///
    /// # Errors
    /// `NotFound` if no object is published under the name, and then moves the mark to that; else the errors of
    /// [`Named::snapshot`].
    #[track_caller]
    pub fn snapshot(&mut self) -> Result<Snapshot<T>> {
        let read = self.named.snapshot();
        match &read {
            Ok(read) => self.seen = Some(SeenVersion { object: read.object(), version: read.epoch() }),
            Err(error) if error.kind() == ErrorKind::NotFound => self.seen = None,
            Err(_) => {}
        }
        read
    }

    /// Waits until the name leads to something else than the mark, or the time is over; without a `timeout`, for as long
    /// as it takes. Returns whether the mark was moved.
    fn wait(&mut self, timeout: Option<Duration>, at: Caller) -> Result<bool> {
        let (until, store) = (timeout.and_then(deadline), self.named.raw.store.clone());
        let mut watch: Option<Watch> = None;
        loop {
            let found = look(&self.named.raw, at)?;
            if found != self.seen {
                self.seen = found;
                return Ok(true);
            }
            let slice = store.backend().slice();
            let left = match (timeout, until) {
                (Some(_), Some(until)) => until.saturating_duration_since(Instant::now()),
                _ => slice,
            };
            if left.is_zero() {
                return Ok(false);
            }
            if let Some(mark) = found
                && is_held_here(store.id(), mark.object)
            {
                return Err(deadlock());
            }
            // The wait needs a watch that was taken before the look (event count): the first look has none.
            watch = Some(match watch {
                None => self.take_watch(),
                Some(watch) => {
                    self.sleep(watch, left.min(slice));
                    self.take_watch()
                }
            });
        }
    }

    fn take_watch(&self) -> Watch {
        let raw = &self.named.raw;
        match self.seen {
            Some(mark) => raw.store.backend().watch_version(mark.object),
            None => raw.store.backend().watch_name(&raw.name),
        }
    }

    fn sleep(&self, watch: Watch, slice: Duration) {
        let raw = &self.named.raw;
        match self.seen {
            Some(mark) => raw.store.backend().wait_for_version(mark.object, mark.version, watch, slice),
            None => raw.store.backend().wait_for_name(&raw.name, watch, slice),
        }
    }
}

/// Returns what the name leads to.
pub(in crate::handle) fn look(raw: &RawNamed, at: Caller) -> Result<Option<SeenVersion>> {
    let mark = raw.on_object(|object| match raw.store.backend().apply(object, Command::Get, &[], at)? {
        Reply::Version(version) => Ok(SeenVersion { object, version }),
        reply => Err(unexpected(reply)),
    });
    match mark {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        mark => mark.map(Some),
    }
}

fn deadlock() -> Error {
    Error::new(
        ErrorKind::WouldDeadlock,
        "this thread would wait for itself: it borrows the object, which keeps writers out",
    )
    .with_remedy("drop the borrow before the wait; `snapshot` reads without a borrow")
}

impl<T> fmt::Debug for Watcher<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watcher")
            .field("name", &self.named.name())
            .field("version", &self.seen.map(|mark| mark.version.0))
            .finish_non_exhaustive()
    }
}
