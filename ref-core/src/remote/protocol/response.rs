//! Responses, which say how a call has ended, and the form in which errors are sent.

use crate::error::{Error, ErrorKind};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// The first part of a response.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::remote) enum Response {
    /// The function has returned. Its result and the new values of its `&mut` arguments follow, each as a part.
    Returned,
    /// The function, or user code of its arguments or result, has panicked. The owners that are sent back follow, each
    /// as a part.
    Panicked { message: String, at: Option<String> },
    /// The function was not called, or its result or a new value could not be sent. The owners that are sent back
    /// follow, each as a part.
    Refused(SentError),
}

/// The form in which an error is sent.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::remote) struct SentError {
    /// The index of the error's kind in [`ErrorKind::ALL`].
    kind: u16,
    message: String,
    remedy: Option<String>,
}

impl SentError {
    pub(in crate::remote) fn new(error: &Error) -> Self {
        let (message, remedy) = error.message_and_remedy();
        let kind = ErrorKind::ALL.iter().position(|kind| *kind == error.kind());
        Self { kind: kind.map_or(u16::MAX, |kind| kind as u16), message, remedy: remedy.map(Cow::into_owned) }
    }

    /// Makes the error that the caller returns. The error's message names the worker `pid`. A kind that this program
    /// does not have becomes `Io`.
    pub(in crate::remote) fn received(self, pid: u32) -> Error {
        let kind = ErrorKind::ALL.get(usize::from(self.kind)).copied().unwrap_or(ErrorKind::Io);
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
    fn every_error_comes_as_the_kind_that_it_was() {
        for &kind in ErrorKind::ALL {
            let error = Error::new(kind, "what").with_remedy("do this");
            let received = SentError::new(&error).received(7);
            assert_eq!(received.kind(), kind);
            assert_eq!(received.to_string(), "worker 7: what; do this");
        }
    }
}
