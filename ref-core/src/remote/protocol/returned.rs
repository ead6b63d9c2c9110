//! Results in messages: an owner by a ticket, and which of the two a `Result` is.

use super::request::PassedAs;
use crate::{Error, ErrorKind, Result};
use serde::{Deserialize, Serialize};

/// An owner on its way back.
#[derive(Serialize, Deserialize)]
pub(in crate::remote) struct ReturnedOwner {
    pub(in crate::remote) passed_as: PassedAs,
    pub(in crate::remote) ticket: String,
}

/// Which of the two was packed, and its bytes.
pub(in crate::remote) fn split_result(bytes: &[u8]) -> Result<Result<&[u8], &[u8]>> {
    match bytes {
        [bytes @ .., 0] => Ok(Ok(bytes)),
        [bytes @ .., 1] => Ok(Err(bytes)),
        _ => Err(Error::new(ErrorKind::Decode, "a returned `Result` is neither `Ok` nor `Err`")),
    }
}
