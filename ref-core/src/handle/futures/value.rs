//! The wait for the value of a detached object, without a thread.

use crate::backend::{Awaited, Bytes, Caller};
use crate::error::Result;
use crate::handle::key::Key;
use crate::handle::ticket::Pass;
use crate::handle::wait::is_owned;
use crate::reactor::{Attempt, WaitingCall};
use crate::store::Store;
use std::panic::Location;

impl Store {
    /// Waits for the value of a promised or detached object as [`wait`](Store::wait) does, without a thread and without a
    /// limit of time. The future may outlive the key and this handle.
    ///
    /// The future is cancel-safe: one that is dropped has changed nothing, and the object stays in the store in any case.
    ///
    /// # Errors
    /// `Abandoned` if the promise was given up; else the errors of [`get`](Store::get), but not `NotYet`.
    ///
    /// ```
    /// # use std::task::{Context, Poll, Waker};
    /// # fn main() -> ref_core::Result<()> {
    /// # let store = ref_core::Store::open("memory:")?;
    /// let (promise, key) = store.promise::<u64>()?;
    /// let value = store.wait_async(&key);
    /// promise.fulfil(7)?;
    /// # let mut value = std::pin::pin!(value);
    /// # let Poll::Ready(value) = value.as_mut().poll(&mut Context::from_waker(Waker::noop())) else { panic!() };
    /// assert_eq!(value?, 7); // of `value.await`
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn wait_async<T>(&self, key: &Key<T>) -> impl Future<Output = Result<T>> + use<T> {
        let (store, pass, functions) = (self.clone(), key.pass.clone(), key.functions);
        let checked = pass.check_store(self);
        let wait = WaitingCall::new(ValueAttempt { store: self.clone(), pass, at: Location::caller() });
        async move {
            checked?;
            functions().decode(&store, wait.await?)
        }
    }
}

/// Reads the value of a detached object.
struct ValueAttempt {
    store: Store,
    pass: Pass,
    at: Caller,
}

impl Attempt for ValueAttempt {
    type Output = Bytes;

    fn store(&self) -> &Store {
        &self.store
    }

    fn attempt(&mut self) -> Result<Option<Bytes>> {
        match self.store.detached_bytes(&self.pass, self.at) {
            Err(error) if is_owned(&error) => Ok(None),
            read => read.map(Some),
        }
    }

    fn awaited(&self) -> Awaited {
        Awaited::Detachment(self.pass.object)
    }
}
