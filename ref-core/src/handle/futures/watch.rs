//! The wait for changes of a name, without a thread.

use crate::backend::{Awaited, Bytes, Caller};
use crate::error::{ErrorKind, Result};
use crate::handle::named::find::RawNamed;
use crate::handle::named::snapshot::{ReadVersion, Snapshot, new_snapshot};
use crate::handle::named::watch::{SeenVersion, Watcher, look};
use crate::reactor::{Attempt, WaitingCall};
use crate::store::Store;
use futures_core::Stream;
use std::fmt;
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// The versions of a published object, one after the other: a stream. [`Watcher::versions`] makes it.
///
/// An item is the newest version at the time when it is taken. So a slow reader skips versions, and each item is newer than
/// the one before. The stream goes on when the object is removed, with the next object of the name. It ends after an error.
#[must_use = "a stream does nothing unless it is polled"]
pub struct VersionStream<T> {
    watcher: Watcher<T>,
    wait: Option<WaitingCall<VersionAttempt>>,
    at: Caller,
    is_over: bool,
}

impl<T> Watcher<T> {
    /// Waits for a change as [`changed`](Watcher::changed) does, without a thread: as a future, which every runtime polls.
    ///
    /// The future is cancel-safe: the mark moves when the future is ready. A future that is dropped before has changed
    /// nothing, and the next call finds the change.
    ///
    /// # Errors
    /// The errors of the store, such as `Io`, `SessionLost` or `Unreachable`. A failed call moves no mark. The call is
    /// never `WouldDeadlock`: another task of the thread may have the borrow that keeps writers out.
    ///
    /// ```
    /// # use std::task::{Context, Poll, Waker};
    /// # fn main() -> ref_core::Result<()> {
    /// # let store = ref_core::Store::open("memory:")?;
    /// let mut index = store.named::<u64>("index")?;
    /// index.set(1)?;
    /// let mut watcher = index.watch()?;
    /// let seen = async move {
    ///     watcher.changed_async().await?;
    ///     watcher.snapshot()
    /// };
    /// index.set(2)?;
    /// # let mut seen = std::pin::pin!(seen);
    /// # let Poll::Ready(seen) = seen.as_mut().poll(&mut Context::from_waker(Waker::noop())) else { panic!() };
    /// assert_eq!(*seen?, 2); // after `.await`
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn changed_async(&mut self) -> impl Future<Output = Result<()>> {
        let at = Location::caller();
        let wait = WaitingCall::new(ChangeAttempt { named: self.named.raw.clone(), seen: self.seen, at });
        async move {
            self.seen = wait.await?;
            Ok(())
        }
    }

    /// Returns the versions that come after the mark, as a stream.
    ///
    /// The stream is cancel-safe: a poll that is given up loses no version, and a stream that is dropped leaves nothing in
    /// the store.
    ///
    /// ```
    /// # use std::task::{Context, Poll, Waker};
    /// # use futures_core::Stream as _;
    /// # fn main() -> ref_core::Result<()> {
    /// # let store = ref_core::Store::open("memory:")?;
    /// let mut index = store.named::<u64>("index")?;
    /// index.set(1)?;
    /// let mut versions = std::pin::pin!(index.watch()?.versions());
    /// index.set(2)?;
    /// index.set(3)?;
    /// # let mut context = Context::from_waker(Waker::noop());
    /// # let next = versions.as_mut().poll_next(&mut context);
    /// # let Poll::Ready(Some(newest)) = next else { panic!() };
    /// assert_eq!(*newest?, 3); // of `versions.next().await`; 2 was replaced before it was read
    /// # assert!(versions.as_mut().poll_next(&mut context).is_pending());
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn versions(self) -> VersionStream<T> {
        VersionStream { watcher: self, wait: None, at: Location::caller(), is_over: false }
    }
}

impl<T> VersionStream<T> {
    fn poll_version(&mut self, context: &mut Context<'_>) -> Poll<Result<Snapshot<T>>> {
        let named = &self.watcher.named;
        let attempt = || VersionAttempt { named: named.raw.clone(), seen: self.watcher.seen, at: self.at };
        let wait = self.wait.get_or_insert_with(|| WaitingCall::new(attempt()));
        let read = ready!(Pin::new(wait).poll(context));
        self.wait = None;
        let (mark, bytes) = read?;
        let store = named.raw.store.clone();
        let value = (named.functions)().decode(&store, bytes)?;
        self.watcher.seen = Some(mark);
        Poll::Ready(Ok(new_snapshot(ReadVersion { object: mark.object, version: mark.version, store, value })))
    }
}

impl<T> Stream for VersionStream<T> {
    type Item = Result<Snapshot<T>>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        if this.is_over {
            return Poll::Ready(None);
        }
        let next = ready!(this.poll_version(context));
        this.is_over = next.is_err();
        Poll::Ready(Some(next))
    }
}

impl<T> fmt::Debug for VersionStream<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VersionStream").field("watcher", &self.watcher).finish_non_exhaustive()
    }
}

/// Looks whether the name leads to something else than `seen`.
struct ChangeAttempt {
    named: RawNamed,
    seen: Option<SeenVersion>,
    at: Caller,
}

impl Attempt for ChangeAttempt {
    /// What the name leads to.
    type Output = Option<SeenVersion>;

    fn store(&self) -> &Store {
        &self.named.store
    }

    fn attempt(&mut self) -> Result<Option<Self::Output>> {
        let found = look(&self.named, self.at)?;
        Ok((found != self.seen).then_some(found))
    }

    fn awaited(&self) -> Awaited {
        awaited(&self.named, self.seen)
    }
}

/// Reads the version that the name leads to, if it is another one than `seen`.
struct VersionAttempt {
    named: RawNamed,
    seen: Option<SeenVersion>,
    at: Caller,
}

impl Attempt for VersionAttempt {
    type Output = (SeenVersion, Bytes);

    fn store(&self) -> &Store {
        &self.named.store
    }

    fn attempt(&mut self) -> Result<Option<Self::Output>> {
        let (seen, at) = (self.seen, self.at);
        let read = self.named.on_object(|object| {
            let known = seen.filter(|seen| seen.object == object).map(|seen| seen.version);
            let (version, bytes) = self.named.store.backend().snapshot(object, known, at)?;
            Ok(bytes.map(|bytes| (SeenVersion { object, version }, bytes)))
        });
        match read {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                self.seen = None;
                Ok(None)
            }
            read => read,
        }
    }

    fn awaited(&self) -> Awaited {
        awaited(&self.named, self.seen)
    }
}

/// Returns what to wait for after `seen`.
fn awaited(named: &RawNamed, seen: Option<SeenVersion>) -> Awaited {
    match seen {
        Some(SeenVersion { object, version }) => Awaited::Version(object, version),
        None => Awaited::Name(named.name.clone()),
    }
}
