//! What an observed session notes of a call.

use super::ObservedSession;
use super::file::RecordedCall;
use super::tries::{BegunCall, ObservedCall};
use super::warnings::SessionWarnings;
use super::words::{added, version_in};
use crate::backend::Caller;
use crate::error::Result;
use crate::id::{Epoch, ObjectId};
use crate::ledger::Reply;
use crate::sync::Instant;

impl ObservedSession {
    pub(super) fn begin(&self, act: &'static str, object: Option<ObjectId>, at: Option<Caller>) -> BegunCall {
        let began = self.recording.as_ref().map(|_| Instant::now());
        BegunCall::new(act, object, at, began)
    }

    /// Returns a call that has returned `result`; `None` if it waits on. In either case warns of what is in its way.
    pub(super) fn returned<T>(&self, call: BegunCall, result: &Result<T>, only_looks: bool) -> Option<ObservedCall> {
        if let (Some(warnings), Err(error)) = (&self.warnings, result) {
            error.conflict().into_iter().for_each(|conflict| warnings.met(conflict));
        }
        call.returned(result, only_looks)
    }

    /// Ends the span of a call that has returned `result`, and writes the call, unless it waits on.
    pub(super) fn end<T>(&self, call: BegunCall, result: &Result<T>, note: impl FnOnce() -> String) {
        if let Some(call) = self.returned(call, result, false) {
            self.write(call, result, note);
        }
    }

    /// Does the same for a call that has made an object of so many bytes.
    pub(super) fn end_put(&self, call: BegunCall, put: &Result<(ObjectId, Epoch)>, bytes: usize) {
        let Some(mut call) = self.returned(call, put, false) else { return };
        if let Ok((object, version)) = put {
            call.object = Some(*object);
            call.span.object(*object);
            call.span.version(version.0);
        }
        call.span.bytes(bytes);
        self.write(call, put, || format!("{bytes} bytes"));
    }

    /// Ends the span of a call, and writes the call. In a forked child writes nothing.
    pub(super) fn write<T>(&self, call: ObservedCall, result: &Result<T>, note: impl FnOnce() -> String) {
        let ObservedCall { act, object, at, began, span } = call;
        span.result(result);
        if let (Some(warnings), Ok(_), Some(object)) = (&self.warnings, result, object) {
            warnings.done(act, object, at);
        }
        let (Some(recording), Some(began)) = (&self.recording, began) else { return };
        if !self.inner.is_opener() {
            return;
        }
        let (refused, note) = match result {
            Ok(_) => (None, note()),
            Err(error) => (Some(error.kind()), error.to_string()),
        };
        recording.file.write(&RecordedCall { object, refused, at, note, ..recording.call(act, began) });
    }

    pub(super) fn has_put<T>(&self, bytes: usize, put: &Result<T>) {
        // A server has no limit but that of bytes, and counts each object by a request.
        let is_limited = |warnings: &&SessionWarnings| self.inner.server().is_none() || warnings.has_byte_limit();
        if let Some(warnings) = self.warnings.as_ref().filter(|_| put.is_ok()).filter(is_limited) {
            warnings.has_put(bytes, || self.inner.stats());
        }
    }

    /// Ends the call of a command, which had a version of `length` bytes or none.
    pub(super) fn end_command(
        &self,
        call: BegunCall,
        length: usize,
        reply: Result<Reply>,
        only_looks: bool,
    ) -> Result<Reply> {
        let Some(call) = self.returned(call, &reply, only_looks) else { return reply };
        if length > 0 {
            call.span.bytes(length);
        }
        if let Some(version) = version_in(&reply) {
            call.span.version(version.0);
        }
        self.write(call, &reply, || added(&reply));
        reply
    }
}
