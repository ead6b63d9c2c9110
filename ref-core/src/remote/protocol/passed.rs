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
    /// The argument is a [`NumberedTicket`].
    Ticket,
    /// The argument is a list of [`NumberedTicket`]s.
    Tickets,
    /// The argument is the index of a store's address in the message's list of addresses, and the store's id.
    Store,
    /// The argument is a [`SentOwners`](super::owners::SentOwners).
    Owners,
}

/// How another process opens the store of a ticket's object.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::remote) struct StoreAddress {
    pub(in crate::remote) address: Absolute,
    /// The limit of an object's size in the session of the process that sends the ticket.
    pub(in crate::remote) max_object_bytes: u64,
}

/// A ticket in its text form, and the index of its store's address in the message's list of addresses. So a message
/// has each address once, also if it has thousands of tickets.
#[derive(Serialize, Deserialize)]
pub(in crate::remote) struct NumberedTicket {
    pub(in crate::remote) store: u32,
    pub(in crate::remote) ticket: String,
}

impl NumberedTicket {
    /// Returns the address of the ticket's store.
    ///
    /// # Errors
    /// `Decode` if the message has no address of that index.
    pub(in crate::remote) fn address<'a>(&self, stores: &'a [StoreAddress]) -> Result<&'a StoreAddress> {
        stores.get(self.store as usize).ok_or_else(wrong_arguments)
    }
}

/// Encodes a copy of `value`, with the header of stored values.
pub(in crate::remote) fn seal<T: Stored>(value: &T) -> Result<Vec<u8>> {
    envelope::seal_copy(value, stored::of::<T>(), usize::MAX)
}

/// Checks the header of a copy that [`seal`] has made, and decodes the copy.
pub(in crate::remote) fn open<T: Stored>(bytes: &[u8]) -> Result<T> {
    let mut value: Option<T> = None;
    let read = envelope::open_copy(bytes, stored::of::<T>(), usize::MAX, &mut value);
    envelope::read_value(read, value)
}

/// Names the element of a list that an error is about.
pub(in crate::remote) fn in_list(index: usize, error: Error) -> Error {
    error.within(format_args!("the element {index} of a list"))
}

/// Names the element of a tuple that an error is about.
pub(in crate::remote) fn in_tuple(index: usize, error: Error) -> Error {
    error.within(format_args!("the element {index} of a tuple"))
}

pub(in crate::remote) fn wrong_arguments() -> Error {
    Error::new(ErrorKind::Decode, "the call's arguments do not fit the function's parameters")
        .with_remedy("build the worker's program with the same version of `ref-core`")
}
