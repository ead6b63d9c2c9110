//! Panics of user code that runs while something else is not over yet.
//!
//! User code is what this crate calls and did not write: `Serialize`, `Deserialize`, `Drop`, iterators, closures, and the
//! destructor of a panic's payload. A panic of it must not leave a call running, nor half of a call's changes made.
//! So each runs in [`Panics::catch`], and the first panic is passed on when everything else is over, as
//! [`std::thread::scope`] does.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// The first panic of some user code.
#[derive(Default)]
pub(super) struct Panics {
    first: Option<Payload>,
}

/// What a panic was raised with.
pub(super) type Payload = Box<dyn Any + Send>;

impl Panics {
    /// Runs `user_code`; `None` if it panics.
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

    /// Whether there was one.
    pub(super) fn any(&self) -> bool {
        self.first.is_some()
    }

    /// Drops `value`, whose destructor may panic.
    pub(super) fn drop<T>(&mut self, value: T) {
        self.catch(|| drop(value));
    }

    /// Drops each, also after the panic of another.
    pub(super) fn drop_each<T>(&mut self, values: impl IntoIterator<Item = T>) {
        values.into_iter().for_each(|value| self.drop(value));
    }

    /// Returns the result, if there is one and no panic; else passes the first panic on.
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

/// Runs `user_code` whose panic is not passed on: the panic hook has told of it. `None` if there was one.
pub(super) fn ignoring_panic<R>(user_code: impl FnOnce() -> R) -> Option<R> {
    catch_unwind(AssertUnwindSafe(user_code)).map_err(discard).ok()
}

/// Drops a payload, whose own destructor may panic as well; what that panic was raised with is leaked.
pub(super) fn discard(payload: Payload) {
    if let Err(another) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        std::mem::forget(another);
    }
}
