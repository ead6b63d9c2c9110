//! Responses: how a call has ended, and errors as they are sent.

use crate::{Error, ErrorKind};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// The first part of a response.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::remote) enum Response {
    /// The function has returned. Its result and the new values of its `&mut` arguments follow, each as a part.
    Returned,
    /// The function has panicked. Owners that go back follow, each as a part.
    Panicked { message: String, at: Option<String> },
    /// The function was not called, or its result could not be sent. Owners that go back follow, each as a part.
    Refused(SentError),
}

/// Every kind of error. A kind is sent as its index in this list.
const KINDS: &[ErrorKind] = &[
    ErrorKind::Conflict,
    ErrorKind::Timeout,
    ErrorKind::WouldDeadlock,
    ErrorKind::Fenced,
    ErrorKind::Expired,
    ErrorKind::AlreadyRedeemed,
    ErrorKind::Gone,
    ErrorKind::Diverged,
    ErrorKind::Forked,
    ErrorKind::SessionLost,
    ErrorKind::Unreachable,
    ErrorKind::Indeterminate,
    ErrorKind::UnsafeConfiguration,
    ErrorKind::StoreClosed,
    ErrorKind::StoreRemoved,
    ErrorKind::StoreCopied,
    ErrorKind::NotPermitted,
    ErrorKind::UnsupportedFilesystem,
    ErrorKind::TooManySessions,
    ErrorKind::TooManyObjects,
    ErrorKind::TooLarge,
    ErrorKind::StoreFull,
    ErrorKind::NoDescriptors,
    ErrorKind::NoAddressSpace,
    ErrorKind::FileSizeLimit,
    ErrorKind::MalformedTicket,
    ErrorKind::WrongAccess,
    ErrorKind::WrongStore,
    ErrorKind::WrongType,
    ErrorKind::SchemaMismatch,
    ErrorKind::CodecMismatch,
    ErrorKind::Corrupt,
    ErrorKind::Encode,
    ErrorKind::Decode,
    ErrorKind::Exhausted,
    ErrorKind::Unsupported,
    ErrorKind::Panicked,
    ErrorKind::WorkerDied,
    ErrorKind::UnknownFunction,
    ErrorKind::DuplicateFunction,
    ErrorKind::OtherProgram,
    ErrorKind::Cancelled,
    ErrorKind::NotInitialized,
    ErrorKind::Io,
];

/// An error as it is sent.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::remote) struct SentError {
    kind: u16,
    message: String,
    remedy: Option<String>,
}

impl SentError {
    pub(in crate::remote) fn new(error: &Error) -> Self {
        let (message, remedy) = error.told();
        let kind = KINDS.iter().position(|kind| *kind == error.kind());
        Self { kind: kind.map_or(u16::MAX, |kind| kind as u16), message, remedy: remedy.map(Cow::into_owned) }
    }

    /// Makes the error that the caller returns. Its message names the worker `pid`.
    pub(in crate::remote) fn received(self, pid: u32) -> Error {
        let kind = KINDS.get(usize::from(self.kind)).copied().unwrap_or(ErrorKind::Io);
        let error = Error::new(kind, format!("worker {pid}: {}", self.message));
        match self.remedy {
            Some(remedy) => error.with_remedy(remedy),
            None => error,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_listed() {
        let source = include_str!("../../error/mod.rs");
        let names = source.split("pub enum ErrorKind {").nth(1).unwrap().split("\n}").next().unwrap();
        let names = names.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("///"));
        let listed: Vec<_> = KINDS.iter().map(|kind| format!("{kind:?},")).collect();
        assert_eq!(listed, names.collect::<Vec<_>>());
    }

    #[test]
    fn every_error_comes_as_the_kind_that_it_was() {
        for &kind in KINDS {
            let error = Error::new(kind, "what").with_remedy("do this");
            let received = SentError::new(&error).received(7);
            assert_eq!(received.kind(), kind);
            assert_eq!(received.to_string(), "worker 7: what; do this");
        }
    }
}
