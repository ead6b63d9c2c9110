//! The codec that a type has chosen, as a value.

use super::guard::{self, Fault, Guarded, Item, SPARE, Seen};
use super::{Codec, Failure, Limits, Sink, built_in, smaller, too_large};
use crate::{Error, ErrorKind, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt;

/// The codec that the values of `T` are written with: what [`Stored::codec`](crate::Stored::codec) answers.
///
/// ```
/// use ref_core::codec::{Bincode, CodecOf};
///
/// assert_eq!(format!("{:?}", CodecOf::<u64>::new::<Bincode>()), "CodecOf(bincode)");
/// ```
pub struct CodecOf<T> {
    id: u8,
    name: &'static str,
    encode: fn(&T, &mut Sink) -> Result<()>,
    decode: fn(&[u8], Limits) -> Result<T>,
}

impl<T: Serialize + DeserializeOwned> CodecOf<T> {
    /// The codec `C`.
    #[must_use]
    pub const fn new<C: Codec>() -> Self {
        const { assert!(is_numbered::<C>(), "the `ID` of a codec is at least 128") };
        Self::numbered::<C>()
    }

    /// The codec `C`, whose number somebody else has looked at.
    pub(crate) const fn numbered<C: Codec>() -> Self {
        Self { id: C::ID, name: C::NAME, encode: encode::<C, T>, decode: decode::<C, T> }
    }

    pub(super) fn id(&self) -> u8 {
        self.id
    }

    pub(super) fn encode(&self, value: &T, sink: &mut Sink) -> Result<()> {
        (self.encode)(value, sink)
    }

    /// Reads what the codec numbered `id` has written, if that is this one or one of this crate.
    pub(super) fn decode(&self, id: u8, bytes: &[u8], max_object: usize) -> Result<T> {
        let limits = Limits { max_object };
        match (id == self.id, built_in::<T>(id)) {
            (true, _) => (self.decode)(bytes, limits),
            (false, Some(other)) => (other.decode)(bytes, limits),
            (false, None) => Err(self.mismatch(id)),
        }
    }

    /// The value was written by a codec that this process lacks: named where we know it.
    fn mismatch(&self, id: u8) -> Error {
        let (theirs, remedy) = match id {
            1 => ("bincode".to_owned(), "build this process with the feature `bincode` of `ref-core`"),
            2 => ("postcard".to_owned(), "build this process with the feature `postcard` of `ref-core`"),
            128.. => (format!("number {id}"), "give the type the same codec in both processes"),
            _ => (format!("number {id}"), "read it with the version of `ref-core` that wrote it"),
        };
        let ours = format!("by {} (number {})", self.name, self.id);
        let message = format!("the value was written by the codec {theirs}, and this process reads its type {ours}");
        Error::new(ErrorKind::CodecMismatch, message).with_remedy(remedy)
    }
}

/// Whether the number of `C` is among those that it may have.
pub(crate) const fn is_numbered<C: Codec>() -> bool {
    C::ORIGIN.is_ours || C::ID >= 128
}

impl<T> Clone for CodecOf<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for CodecOf<T> {}

impl<T> fmt::Debug for CodecOf<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("CodecOf").field(&format_args!("{}", self.name)).finish()
    }
}

fn encode<C: Codec, T: Serialize>(value: &T, sink: &mut Sink) -> Result<()> {
    let before = sink.room();
    let (written, seen) = guard::watch(elements_in::<C>(before), !C::SELF_DESCRIBING, || C::encode(&Item(value), sink));
    let too_many = seen.elements > elements_in::<C>(before - sink.room());
    match (written, seen) {
        _ if sink.is_full() => Err(too_large(None, before)),
        (_, Seen { fault: Some(Fault::Elements), .. }) => Err(too_many_elements(before)),
        (_, Seen { fault: Some(fault), .. }) => Err(unwritten(fault)),
        (Err(failure), _) => Err(failed::<C>(ErrorKind::Encode, failure)),
        (Ok(()), _) if too_many => Err(unwritten(Fault::Elements)),
        (Ok(()), _) => Ok(()),
    }
}

fn decode<C: Codec, T: DeserializeOwned>(bytes: &[u8], limits: Limits) -> Result<T> {
    let budget = elements_in::<C>(bytes.len());
    let (read, seen) = guard::watch(budget, !C::SELF_DESCRIBING, || C::decode::<Guarded<T>>(bytes, limits));
    match (read, seen.fault) {
        (_, Some(fault)) => Err(unread(fault)),
        (Err(failure), None) => Err(failed::<C>(ErrorKind::Decode, failure)),
        (Ok(Guarded(value)), None) => Ok(value),
    }
}

/// How many elements a value of so many bytes may have.
fn elements_in<C: Codec>(bytes: usize) -> usize {
    bytes.saturating_mul(C::ELEMENTS_PER_BYTE).saturating_add(SPARE)
}

/// Known before they are written: so many would not fit, or would take fewer bytes than there are elements.
fn too_many_elements(most: usize) -> Error {
    let message = format!("the value has more elements than the {most} bytes that this store allows account for");
    Error::new(ErrorKind::TooLarge, message).with_remedy(smaller(most))
}

fn unwritten(fault: Fault) -> Error {
    let remedy = match fault {
        Fault::Depth | Fault::Elements => "store it in parts, or flatter: as a `Vec` with indices",
        Fault::Skipped { .. } => {
            "remove `skip_serializing_if` from the field: a `None` takes one byte (a codec of your own that writes names \
             says so by `Codec::SELF_DESCRIBING`)"
        }
        Fault::Count { .. } => {
            "see that the type's `Serialize` writes as many parts as it says, the same ones whatever their values"
        }
        Fault::Untold => {
            "take `#[serde(flatten)]` from the type, or tell `serialize_seq` and `serialize_map` how many come"
        }
        Fault::Unpaired => "see that the type's `Serialize` writes a value after each key",
    };
    Error::new(ErrorKind::Encode, format!("the value cannot be written: {fault}")).with_remedy(remedy)
}

fn unread(fault: Fault) -> Error {
    Error::new(ErrorKind::Decode, format!("the stored bytes are no value that was put: {fault}"))
        .with_remedy("something else wrote into the store: put the value anew")
}

/// What a codec could not do, in its own words.
fn failed<C: Codec>(kind: ErrorKind, failure: Failure) -> Error {
    let failure = match failure.downcast::<Error>() {
        Ok(error) => return *error,
        Err(failure) => failure,
    };
    let (act, remedy) = match kind {
        ErrorKind::Encode => ("encode", "see what the type's `Serialize` asks for that the codec does not offer"),
        _ => ("decode", "see whether the type's `Deserialize` reads what its `Serialize` writes"),
    };
    Error::new(kind, format!("{} cannot {act} the value: {failure}", C::NAME)).with_remedy(remedy).with_source(failure)
}
