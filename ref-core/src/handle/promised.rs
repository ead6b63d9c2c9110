//! What became of a promise, as errors.

use crate::error::{Conflict, Error, ErrorKind, HeldAs, Result};

/// Returns the error for a key whose object is not there to be read. `error` is what the store says, and `is_first`
/// says whether the object has no value yet.
pub(super) fn explain(error: Error, is_first: impl FnOnce() -> Result<bool>) -> Error {
    let held = error.conflict().map(|conflict| conflict.held);
    match (error.kind(), held) {
        (ErrorKind::Gone, _) => abandoned(),
        (_, Some(held @ (HeldAs::Owner | HeldAs::InTransit | HeldAs::Orphan))) => match is_first() {
            Ok(true) if held == HeldAs::Orphan => abandoned(),
            Ok(true) => not_yet(error.conflict().cloned()),
            Err(gone) if gone.kind() == ErrorKind::Gone => abandoned(),
            _ => error,
        },
        _ => error,
    }
}

fn not_yet(conflict: Option<Conflict>) -> Error {
    let error = Error::new(ErrorKind::NotYet, "the promised object has no value yet")
        .with_remedy("`Store::wait` waits for its value");
    match conflict {
        Some(conflict) => error.with_conflict(conflict),
        None => error,
    }
}

fn abandoned() -> Error {
    let message = "the promise was given up before it was fulfilled: it was dropped, or its process died; or the object was \
                   removed since";
    Error::new(ErrorKind::Abandoned, message).with_remedy("make another promise, and pass on its key")
}
