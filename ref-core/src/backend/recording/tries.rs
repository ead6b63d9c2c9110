//! Calls that wait without a thread are tried again and again. A recording has a line for the first try, one for the wait,
//! and one for what ended it; the tries between have neither lines nor spans.

use crate::backend::Caller;
use crate::error::{ErrorKind, Result};
use crate::event::{self, Span};
use crate::id::ObjectId;
use crate::sync::Instant;
use std::cell::Cell;

thread_local! {
    /// Whether this thread tries a call again that has waited.
    static TRIES_AGAIN: Cell<bool> = const { Cell::new(false) };
}

/// Runs `attempt`, which tries a call again.
#[allow(dead_code, reason = "only async calls are tried again")]
pub(crate) fn trying_again<R>(attempt: impl FnOnce() -> R) -> R {
    /// The attempt may unwind, from a subscriber of the program.
    struct Ended(bool);

    impl Drop for Ended {
        fn drop(&mut self) {
            TRIES_AGAIN.set(self.0);
        }
    }

    let _ended = Ended(TRIES_AGAIN.replace(true));
    attempt()
}

/// A call of a session that has returned.
pub(super) struct ObservedCall {
    pub(super) act: &'static str,
    pub(super) object: Option<ObjectId>,
    pub(super) at: Option<Caller>,
    /// `None` if the call is not recorded.
    pub(super) began: Option<Instant>,
    pub(super) span: Span,
}

/// A call of a session that has begun.
pub(super) struct BegunCall {
    act: &'static str,
    object: Option<ObjectId>,
    at: Option<Caller>,
    began: Option<Instant>,
    /// `None` for a call that is tried again: whether it has a span is known when it has returned.
    span: Option<Span>,
}

impl BegunCall {
    pub(super) fn new(act: &'static str, object: Option<ObjectId>, at: Option<Caller>, began: Option<Instant>) -> Self {
        let span = (!TRIES_AGAIN.get()).then(|| event::of_session(act, object, at));
        Self { act, object, at, began, span }
    }

    /// Returns the call, which has returned `result`. Returns `None` if it was tried again and waits on, since the result
    /// is a conflict, or is all that the call `only_looks` for.
    pub(super) fn returned<T>(self, result: &Result<T>, only_looks: bool) -> Option<ObservedCall> {
        let Self { act, object, at, began, span } = self;
        let waits_on = || only_looks || result.as_ref().is_err_and(|error| error.kind() == ErrorKind::Conflict);
        if span.is_none() && waits_on() {
            return None;
        }
        let span = span.unwrap_or_else(|| event::of_session(act, object, at));
        Some(ObservedCall { act, object, at, began, span })
    }
}
