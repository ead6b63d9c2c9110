//! The wait for the value of a detached object.

use super::key::Key;
use super::owned::unloaded;
use super::ticket::Pass;
use crate::backend::{Bytes, Caller, Watch};
use crate::error::{Error, ErrorKind, HeldAs, Result};
use crate::store::Store;
use crate::sync::{Instant, deadline};
use std::panic::Location;
use std::time::Duration;

impl Store {
    /// Waits until the object of the key is detached, up to `timeout`, and returns its value. A promised object is
    /// detached when its promise is fulfilled, and every other when its owner detaches it. The object stays in the store.
    ///
    /// # Errors
    /// `Abandoned` if the promise was given up, `Timeout` if the time is over; the error names the process that has the
    /// promise or the object, if it is known. Else the errors of [`get`](Store::get), but not `NotYet`.
    ///
    /// ```
    /// # fn main() -> ref_core::Result<()> {
    /// use ref_core::ErrorKind;
    /// use std::time::Duration;
    ///
    /// # let store = ref_core::Store::open("memory:")?;
    /// let (promise, key) = store.promise::<u64>()?;
    /// assert_eq!(store.wait(&key, Duration::ZERO).unwrap_err().kind(), ErrorKind::Timeout);
    /// std::thread::scope(|scope| -> ref_core::Result<()> {
    ///     let waits = scope.spawn(|| store.wait(&key, Duration::from_secs(10)));
    ///     promise.fulfil(7)?;
    ///     assert_eq!(waits.join().expect("it does not panic")?, 7);
    ///     Ok(())
    /// })
    /// # }
    /// ```
    #[track_caller]
    pub fn wait<T>(&self, key: &Key<T>, timeout: Duration) -> Result<T> {
        key.pass.check_store(self)?;
        let (at, until) = (Location::caller(), deadline(timeout));
        let mut watch: Option<Watch> = None;
        loop {
            let pending = match self.read_detached(key, at) {
                Err(error) if is_owned(&error) => error,
                done => return done,
            };
            let left = until.map_or(timeout, |until| until.saturating_duration_since(Instant::now()));
            if left.is_zero() {
                return Err(timed_out(&pending, timeout));
            }
            // The wait needs a watch that was taken before the read (event count): the first read has none.
            let (backend, object) = (self.backend(), key.pass.object);
            if let Some(watch) = watch.take() {
                backend.wait_for_detach(object, watch, left.min(backend.slice()));
            }
            watch = Some(backend.watch(object));
        }
    }

    /// Reads the value of a detached object, without a borrow.
    fn read_detached<T>(&self, key: &Key<T>, at: Caller) -> Result<T> {
        (key.functions)().decode(self, self.detached_bytes(&key.pass, at)?)
    }

    /// Returns the bytes of the value of a detached object.
    pub(super) fn detached_bytes(&self, pass: &Pass, at: Caller) -> Result<Bytes> {
        let read = self.backend().snapshot(pass.object, None, at);
        let (_, bytes) = read.map_err(|error| self.explain_missing(pass, error))?;
        bytes.ok_or_else(unloaded)
    }
}

/// Returns whether the error says that the object has an owner, or will have one.
pub(super) fn is_owned(error: &Error) -> bool {
    error.conflict().is_some_and(|conflict| matches!(conflict.held, HeldAs::Owner | HeldAs::InTransit | HeldAs::Orphan))
}

fn timed_out(pending: &Error, timeout: Duration) -> Error {
    let what = if pending.kind() == ErrorKind::NotYet {
        "the promise was not fulfilled"
    } else {
        "the object was not detached"
    };
    let error = Error::new(ErrorKind::Timeout, format!("{what} within {timeout:?}"))
        .with_remedy("wait again, with a longer time; or see what the holder waits for");
    match pending.conflict() {
        Some(conflict) => error.with_conflict(conflict.clone()),
        None => error,
    }
}
