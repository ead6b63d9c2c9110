//! Values that are sent to another process: by the encoding of `Stored`, by serde's traits, or as an error of this
//! crate.

use super::carried::{ReceivedFiles, SentFiles};
use super::passed::wrong_arguments;
use super::sent_error::SentError;
use super::shape;
use super::ticket::redeem;
use crate::backend::Caller;
use crate::codec::opaque::{ByNames, OpaqueRef};
use crate::codec::{CodecOf, plain};
use crate::error::{Error, Result};
use crate::handle::{Access, Exclusive, Lease, Redeem, Shared};
use crate::remote::panics::ignoring_panic;
use crate::store::Store;
use crate::stored::slice::store_slice;
use crate::stored::{self, Stored};
use serde::de::DeserializeOwned;
use serde::{Serialize, Serializer};
use std::any::type_name;

/// How values of `T` are sent to another process.
///
/// The functions are in a value, and not in a trait that `T` implements: a type may have both encodings, and generated
/// code chooses one of them for the type.
pub struct Crossing<T> {
    pub(in crate::remote) write: fn(&T) -> Result<Vec<u8>>,
    pub(in crate::remote) read: fn(&[u8]) -> Result<T>,
    pub(in crate::remote) write_all: fn(&[T]) -> Result<Vec<u8>>,
    pub(in crate::remote) read_all: fn(&[u8]) -> Result<Vec<T>>,
    /// Writes a result, into one of the files of the response if the result is large.
    pub(in crate::remote) pack: fn(&T, &mut SentFiles) -> Result<Vec<u8>>,
    pub(in crate::remote) unpack: fn(&[u8], &mut ReceivedFiles) -> Result<T>,
    /// Writes the new value of an object in the store, as `pack` does.
    pub(in crate::remote) pack_changed: fn(&T, &Store, &mut SentFiles) -> Result<Vec<u8>>,
    /// Redeems a ticket in the session, and reads the object. Fails for a type that is not `Stored`: no store has an
    /// object of such a type.
    pub(in crate::remote) read_lent: ReadElement<T, Shared>,
    /// Does what `read_lent` does, for an exclusive ticket.
    pub(in crate::remote) read_lent_mut: ReadElement<T, Exclusive>,
    /// Returns the text of the type in a function's signature: its name, and its fingerprint or the names of its fields
    /// or variants.
    pub(in crate::remote) describe: fn() -> String,
}

/// An object that was read as an element of a list: its value, and the lease.
pub(in crate::remote) type Element<T, A> = (T, Lease<T, A>);
/// Redeems a ticket in the session for a caller, and reads the object.
pub(in crate::remote) type ReadElement<T, A> = fn(&Store, &str, Caller) -> Result<Element<T, A>>;

fn read_element<T: Stored, A: Access + Redeem>(store: &Store, ticket: &str, at: Caller) -> Result<Element<T, A>> {
    let lease = redeem::<T, A>(store, ticket, at)?;
    Ok((store.read_sized(lease.id(), lease.version())?.0, lease))
}

impl<T: Stored> Crossing<T> {
    /// Returns the crossing of a type that is `Stored`. Its `describe` returns the name and the fingerprint of the
    /// type.
    pub(in crate::remote) fn by_store() -> Self {
        Self {
            write: |value| plain::encode(value, T::codec()),
            read: |bytes| plain::decode(bytes, T::codec()),
            write_all: |list| plain::encode_lent(&SliceRef(list)),
            read_all: |bytes| plain::decode(bytes, Vec::<T>::codec()),
            pack: |value, files| files.returned(value),
            unpack: |part, files| files.read_returned(part),
            pack_changed: |value, store, files| files.changed(value, Some(store)),
            read_lent: read_element,
            read_lent_mut: read_element,
            describe: stored_type::<T>,
        }
    }
}

impl<T: Serialize + DeserializeOwned> Crossing<T> {
    /// Returns the crossing of a type that has serde's traits: values are sent as opaque values. Its `describe` returns
    /// the name of the type and the names of its fields or variants.
    pub(in crate::remote) fn by_serde() -> Self {
        Self {
            write: |value| plain::encode(value, CodecOf::usual::<ByNames>()),
            read: |bytes| plain::decode(bytes, CodecOf::usual::<ByNames>()),
            write_all: |list| plain::encode_lent(&OpaqueRef::<[T], Vec<T>>::new(list)),
            read_all: |bytes| plain::decode(bytes, CodecOf::usual::<ByNames>()),
            pack: |value, files| Ok(files.plain(plain::encode(value, CodecOf::usual::<ByNames>())?)),
            unpack: |part, files| files.read_plain(part, |bytes| plain::decode(bytes, CodecOf::usual::<ByNames>())),
            pack_changed: |_, _, _| Err(wrong_arguments()),
            read_lent: |_, _, _| Err(wrong_arguments()),
            read_lent_mut: |_, _, _| Err(wrong_arguments()),
            describe: || format!("{}{}", type_name::<T>(), shape::of::<T>()),
        }
    }
}

impl Crossing<Error> {
    /// Returns the crossing of this crate's errors.
    pub(in crate::remote) fn of_error() -> Self {
        Self {
            write: |error| plain::write(&SentError::new(error)),
            read: |bytes| plain::read(bytes).map(SentError::into_error),
            write_all: |list| plain::write(&list.iter().map(SentError::new).collect::<Vec<_>>()),
            read_all: |bytes| {
                let sent: Vec<SentError> = plain::read(bytes)?;
                Ok(sent.into_iter().map(SentError::into_error).collect())
            },
            pack: |error, files| Ok(files.plain(plain::write(&SentError::new(error))?)),
            unpack: |part, files| files.read_plain(part, |bytes| plain::read(bytes).map(SentError::into_error)),
            pack_changed: |_, _, _| Err(wrong_arguments()),
            read_lent: |_, _, _| Err(wrong_arguments()),
            read_lent_mut: |_, _, _| Err(wrong_arguments()),
            describe: || "ref_core::Error".to_owned(),
        }
    }
}

/// A slice that is lent. It is written as a `Vec` of its elements is.
struct SliceRef<'v, T>(&'v [T]);

impl<T: Stored> Serialize for SliceRef<'_, T> {
    fn serialize<S: Serializer>(&self, to: S) -> std::result::Result<S::Ok, S::Error> {
        store_slice(self.0, to)
    }
}

/// Returns the name and the fingerprint of a type. If the type's `Stored::describe` panics, the text `undescribed`
/// stands in the place of the fingerprint, so that other functions can be called. A call that lends or returns a
/// value of this type, or moves an owner of one, runs `describe` again.
pub(in crate::remote) fn stored_type<T: Stored>() -> String {
    match ignoring_panic(stored::of::<T>) {
        Some(known) => format!("{}#{:016x}", known.name, known.fingerprint.0),
        None => format!("{}#undescribed", type_name::<T>()),
    }
}
