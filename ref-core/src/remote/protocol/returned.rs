//! A returned `Result` in messages.

use crate::error::{Error, ErrorKind, Result};

/// The last byte of a returned `Result` that is `Ok`.
pub(in crate::remote) const OK: u8 = 0;
/// The last byte of a returned `Result` that is `Err`.
pub(in crate::remote) const ERR: u8 = 1;

/// Returns the bytes of the value in a returned `Result`: in an `Ok` if the value was in an `Ok`, and otherwise in an
/// `Err`.
///
/// # Errors
/// `Decode` if the last byte is neither `OK` nor `ERR`.
pub(in crate::remote) fn split_result(bytes: &[u8]) -> Result<Result<&[u8], &[u8]>> {
    match bytes {
        [bytes @ .., OK] => Ok(Ok(bytes)),
        [bytes @ .., ERR] => Ok(Err(bytes)),
        _ => Err(Error::new(ErrorKind::Decode, "a returned `Result` is neither `Ok` nor `Err`")),
    }
}
