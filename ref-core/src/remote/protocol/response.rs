//! Responses, which say how a call has ended.

use super::sent_error::SentError;
use serde::{Deserialize, Serialize};

/// The first part of a response.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::remote) enum Response {
    /// The function has returned. Its result and the new values of its `&mut` arguments follow, each as a part.
    Returned,
    /// The function, or user code of its arguments or result, has panicked. The owners that are sent back follow: a
    /// part with a list of [`SentBack`](super::owners::SentBack).
    Panicked { message: String, at: Option<String> },
    /// The function was not called, or its result or a new value could not be sent. The owners that are sent back
    /// follow, as for `Panicked`.
    Refused(SentError),
}
