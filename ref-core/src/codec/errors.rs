//! The errors of values that cannot be written or read, in words.

use super::guard::Violation;
use super::{Failure, MOST, MOST_WITH_ARRAYS};
use crate::error::{Error, ErrorKind};

#[allow(dead_code, reason = "most builds have a codec")]
pub(super) fn no_codec() -> Error {
    Error::new(ErrorKind::Unsupported, "this build of `ref-core` has no codec to write values with").with_remedy(
        "enable its feature `bincode` or its feature `postcard`, or give the type a codec: `#[global_store(codec = ...)]`",
    )
}

pub(super) fn too_large(bytes: Option<usize>, most: usize) -> Error {
    let message = match bytes {
        Some(bytes) => format!("the encoded value takes {bytes} bytes, and this store allows {most}"),
        None => format!("the encoded value takes more than the {most} bytes that this store allows"),
    };
    Error::new(ErrorKind::TooLarge, message).with_remedy(smaller(most))
}

/// Returns the error for a value that takes `bytes` bytes with the arrays beside it.
pub(super) fn too_large_with_arrays(bytes: usize, most: usize) -> Error {
    let message = format!("the encoded value takes {bytes} bytes with its arrays, and this store allows {most}");
    let remedy = match most < MOST_WITH_ARRAYS {
        true => "raise `StoreOptions::max_object_bytes`, or store it in parts",
        false => "store it in parts",
    };
    Error::new(ErrorKind::TooLarge, message).with_remedy(remedy)
}

/// Returns the remedy for a value that does not fit into the `most` bytes that the store allows.
fn smaller(most: usize) -> &'static str {
    match most < MOST {
        true => "raise `StoreOptions::max_object_bytes`, to 1 GiB at most, or store it in parts",
        false => "store it in parts, or long lists of numbers as `Bulk`: the rest of a value takes 1 GiB at most",
    }
}

/// Returns the error for a value with more elements than `most` bytes account for.
pub(super) fn too_many_elements(most: usize) -> Error {
    let message = format!("the value has more elements than the {most} bytes that this store allows account for");
    Error::new(ErrorKind::TooLarge, message).with_remedy(smaller(most))
}

pub(super) fn unwritten(violation: Violation) -> Error {
    let remedy = match violation {
        Violation::Depth | Violation::Elements => "store it in parts, or flatter: as a `Vec` with indices",
        Violation::Count { .. } => {
            "see that the type's `Serialize` writes as many parts as it says, the same ones whatever their values"
        }
        Violation::Unpaired => "see that the type's `Serialize` writes a value after each key",
        Violation::EqualKeys => EQUAL_KEYS,
        Violation::EmptySome => {
            "write `None`, or make the type `Stored` by `#[global_store]`, which tells the two apart"
        }
        Violation::Unreadable { .. } | Violation::Changed { .. } => READ_BACK,
    };
    Error::new(ErrorKind::Encode, format!("the value cannot be written: {violation}")).with_remedy(remedy)
}

/// The remedy for keys that are equal when they are read, and may have been different when they were written.
const EQUAL_KEYS: &str = "see that keys which differ still differ when they are read: in a field that is not skipped, \
                          and after the `From` of an earlier definition";

/// The remedy for an opaque value that its type cannot read.
const OTHER_TYPE: &str = "the opaque type may have been another one when the value was written: read it by the old \
                          definition, or write the value anew";

const READ_BACK: &str = "see that the type's `Deserialize` reads all that its `Serialize` writes, or store the part by \
                         `#[global_store(with = path)]`";

/// Returns the error for a value whose human-readable bytes cannot be read back. `error` is the error of the read.
pub(super) fn not_read_back(error: Error) -> Error {
    let message = format!("the value cannot be written: it cannot be read back: {}", error.message_and_remedy().0);
    Error::new(ErrorKind::Encode, message).with_remedy(READ_BACK).with_source(error)
}

pub(super) fn unread(violation: Violation) -> Error {
    let (message, remedy) = match violation {
        Violation::EqualKeys => ("the stored value would lose entries", EQUAL_KEYS),
        Violation::Unreadable { .. } => ("the value cannot be read", OTHER_TYPE),
        _ => ("the stored bytes are no value that was put", "something else wrote into the store: put the value anew"),
    };
    Error::new(ErrorKind::Decode, format!("{message}: {violation}")).with_remedy(remedy)
}

/// The remedy for bytes that do not fit their type. `#[global_store]` makes `store` and `restore` from one definition,
/// so one of the two was written by hand, or depends on something else than the value.
const UNLIKE: &str = "see whether `Stored::restore` of the type, or of a type in it, reads what its `store` writes";

/// Returns the error of a codec that failed, in the codec's own words. An error of this crate is returned unchanged.
pub(super) fn failed(codec: &str, kind: ErrorKind, failure: Failure) -> Error {
    let failure = match failure.downcast::<Error>() {
        Ok(error) => return *error,
        Err(failure) => failure,
    };
    let (act, remedy) = match kind {
        ErrorKind::Encode => ("encode", "see what the type's `Stored::store` asks for that the codec does not offer"),
        _ => ("decode", UNLIKE),
    };
    Error::new(kind, format!("{codec} cannot {act} the value: {failure}")).with_remedy(remedy).with_source(failure)
}

#[allow(dead_code, reason = "a build may have no codec")]
pub(super) fn left_over(codec: &str, bytes: usize) -> Error {
    Error::new(ErrorKind::Decode, format!("{codec} left {bytes} bytes of the stored value unread")).with_remedy(UNLIKE)
}
