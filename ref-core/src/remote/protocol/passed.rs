//! How arguments are passed, and copies of stored values.

use crate::codec::envelope;
use crate::error::{Error, ErrorKind, Result};
use crate::store::Absolute;
use crate::stored::{self, Stored};
use serde::{Deserialize, Serialize};

/// How an argument is passed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::remote) enum PassedAs {
    /// The argument is a value without a header.
    Value,
    /// The argument is a copy of a stored value, with the header of stored values.
    Copied,
    /// The argument is a ticket for an object in the store at that address. `max_object_bytes` is the limit of an
    /// object's size in the session of the process that sends the ticket.
    Ticket { address: Absolute, max_object_bytes: u64 },
    /// The argument is a list of [`AddressedTicket`]s.
    Tickets,
}

/// A ticket in its text form, and how it is passed: the address of the store that its object is in.
#[derive(Serialize, Deserialize)]
pub(in crate::remote) struct AddressedTicket {
    pub(in crate::remote) passed_as: PassedAs,
    pub(in crate::remote) ticket: String,
}

/// Encodes a copy of `value`, with the header of stored values.
pub(in crate::remote) fn seal<T: Stored>(value: &T) -> Result<Vec<u8>> {
    envelope::seal_copy(value, stored::of::<T>(), T::codec(), usize::MAX)
}

/// Checks the header of a copy that [`seal`] has made, and decodes the copy.
pub(in crate::remote) fn open<T: Stored>(bytes: &[u8]) -> Result<T> {
    envelope::open_copy(bytes, stored::of::<T>(), usize::MAX, stored::decode)
}

/// Names the element of a list that an error is about.
pub(in crate::remote) fn in_list(index: usize, error: Error) -> Error {
    error.within(format_args!("the element {index} of a list"))
}

pub(in crate::remote) fn wrong_arguments() -> Error {
    Error::new(ErrorKind::Decode, "the call's arguments do not fit the function's parameters")
        .with_remedy("build the worker's program with the same version of `ref-core`")
}
