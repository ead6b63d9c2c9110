//! The spans, as `tracing` has them. `without.rs` has the same items for a build without the feature.

use super::refused;
use crate::error::Error;
use crate::id::ObjectId;
use crate::sync::{Mutex, lock};
use std::fmt::Display;
use std::panic::Location;
use tracing::field::{Empty, display};
use tracing::span::EnteredSpan;

/// Whether each session is wrapped for its spans.
pub(crate) const ARE_SPANS_MADE: bool = true;

/// A span that the thread is in until the value is dropped.
pub(crate) struct Span(EnteredSpan);

/// Enters the span `$name`, which has the fields of all spans of a session, and `$more` fields.
macro_rules! enter {
    ($name:literal $(, $($more:tt)*)?) => {
        Span(tracing::debug_span!(target: "ref_core", $name $(, $($more)*)?, error = Empty).entered())
    };
}

/// Enters the span of a session's call. `docs/guide-observe.md` says which call has which span.
pub(crate) fn of_session(act: &'static str, object: Option<ObjectId>, at: Option<&'static Location<'static>>) -> Span {
    let (object, at) = (object.map(display), at.map(display));
    macro_rules! of_session {
        ($name:literal) => {
            enter!($name, act, object, at, bytes = Empty, version = Empty)
        };
    }
    match act {
        "put" => of_session!("put"),
        "read" | "get" => of_session!("fetch"),
        "write" | "commit" => of_session!("commit"),
        "borrow" | "borrow_mut" | "claim" => of_session!("redeem"),
        "end" | "revoke" => of_session!("end"),
        "wait" => of_session!("wait"),
        "reap" => of_session!("reap"),
        _ => of_session!("command"),
    }
}

/// Enters the span in which a session begins.
pub(crate) fn open(address: &dyn Display) -> Span {
    enter!("open", address = %address)
}

/// Enters the span in which a dead session is recovered.
#[allow(dead_code, reason = "a session of `memory:` does not die")]
pub(crate) fn recover(session: &dyn Display) -> Span {
    enter!("recover", session = %session)
}

/// Enters the span in which a codec writes a value of the type `name`.
pub(crate) fn encode(name: &str) -> Span {
    enter!("encode", r#type = name, bytes = Empty)
}

/// Enters the span in which a codec reads a value of the type `name` from so many bytes.
pub(crate) fn decode(name: &str, bytes: usize) -> Span {
    enter!("decode", r#type = name, bytes)
}

impl Span {
    pub(crate) fn bytes(&self, bytes: usize) {
        self.0.record("bytes", bytes);
    }

    pub(crate) fn object(&self, object: ObjectId) {
        self.0.record("object", display(object));
    }

    pub(crate) fn version(&self, version: u64) {
        self.0.record("version", version);
    }

    /// Records the kind of an error, and emits the event `refused`.
    pub(crate) fn result<T>(&self, result: &Result<T, Error>) {
        if let Err(error) = result {
            self.0.record("error", format_args!("{:?}", error.kind()));
            refused(error);
        }
    }
}

/// The span of a remote call, which begins and ends in different threads. No thread is in it.
#[allow(dead_code, reason = "only `remote` makes calls")]
pub(crate) struct CallSpan(Mutex<Option<tracing::Span>>);

#[allow(dead_code, reason = "only `remote` makes calls")]
impl CallSpan {
    /// Begins the span. The span that the thread is in is its parent.
    pub(crate) fn new(function: &str) -> Self {
        let span = tracing::debug_span!(target: "ref_core", "call", function, worker = Empty, error = Empty);
        Self(Mutex::new(Some(span)))
    }

    /// Records the process number of the worker to which the call is sent.
    pub(crate) fn sent(&self, worker: u32) {
        if let Some(span) = &*lock(&self.0) {
            span.record("worker", worker);
        }
    }

    /// Ends the span, with the call's error if there is one. Later calls do nothing.
    pub(crate) fn over(&self, error: Option<&Error>) {
        let Some(span) = lock(&self.0).take() else { return };
        if let Some(error) = error {
            span.record("error", format_args!("{:?}", error.kind()));
            span.in_scope(|| refused(error));
        }
    }
}
