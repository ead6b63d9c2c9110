//! Catches panics of user code that runs in the middle of a call.
//!
//! User code is all code that this crate calls but does not contain: `Stored`, `Serialize`, `Deserialize`, `Drop`,
//! iterators, closures, and the destructor of a panic's payload. When a panic is passed on, no call may be running
//! any more, and a call's changes must be made all or not at all. So the caller runs such user code in
//! [`Panics::catch`]. The first panic is passed on when everything else is over, as in [`std::thread::scope`].

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// Catches panics, and keeps the first.
#[derive(Default)]
pub(super) struct Panics {
    first: Option<Payload>,
}

/// The value that a panic was raised with.
pub(super) type Payload = Box<dyn Any + Send>;

impl Panics {
    /// Runs `user_code`. Returns `None` if it panics.
    pub(super) fn catch<R>(&mut self, user_code: impl FnOnce() -> R) -> Option<R> {
        match catch_unwind(AssertUnwindSafe(user_code)) {
            Ok(result) => Some(result),
            Err(payload) if self.first.is_none() => {
                self.first = Some(payload);
                None
            }
            Err(payload) => {
                discard(payload);
                None
            }
        }
    }

    /// Returns whether a panic was caught.
    pub(super) fn any(&self) -> bool {
        self.first.is_some()
    }

    /// Drops `value`, and catches a panic of its destructor.
    pub(super) fn drop<T>(&mut self, value: T) {
        self.catch(|| drop(value));
    }

    /// Drops each value, even if the destructor of another value panics.
    pub(super) fn drop_each<T>(&mut self, values: impl IntoIterator<Item = T>) {
        values.into_iter().for_each(|value| self.drop(value));
    }

    /// Returns the result if there was no panic. Otherwise drops the result, and passes the first panic on.
    pub(super) fn pass_on<R>(self, result: Option<R>) -> R {
        match result {
            Some(result) if !self.any() => result,
            result => {
                ignoring_panic(|| drop(result));
                resume_unwind(self.first.unwrap_or_else(|| Box::new("user code panicked")))
            }
        }
    }
}

/// Runs `user_code`. Returns `None` if `user_code` panics. The panic is not passed on: the panic hook has reported it.
pub(super) fn ignoring_panic<R>(user_code: impl FnOnce() -> R) -> Option<R> {
    catch_unwind(AssertUnwindSafe(user_code)).map_err(discard).ok()
}

/// Drops a panic's payload. If the payload's destructor panics as well, the payload of that second panic is leaked.
pub(super) fn discard(payload: Payload) {
    if let Err(another) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        std::mem::forget(another);
    }
}
