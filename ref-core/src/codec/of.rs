//! The codec of a type, as a value.

use super::built_in::{Decode, DefaultCodec, decoder};
use super::guarded::{self, Encoding};
use super::{Codec, Limits, Sink};
use crate::error::{Error, ErrorKind, Result};
use std::fmt;

/// The codec that writes the values of `T`. [`Stored::codec`](crate::Stored::codec) returns one.
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
    /// Reads a value of this codec.
    decode: Decode<T>,
    /// Returns the function that reads a value by the codec of this crate with the given number, if the build has it.
    decoder: fn(u8) -> Option<Decode<T>>,
}

impl<T> CodecOf<T> {
    /// Returns the codec `C` for values in the encoding `E`. The caller has checked the codec's number.
    pub(crate) const fn of<C: Codec, E: Encoding<T>>() -> Self {
        Self {
            id: C::ID,
            name: C::NAME,
            encode: guarded::encode::<C, E, T>,
            decode: guarded::decode::<C, E, T>,
            decoder: decoder::<E, T>,
        }
    }

    /// Returns the default codec of this build for values in the encoding `E`.
    pub(crate) const fn usual<E: Encoding<T>>() -> Self {
        Self::of::<DefaultCodec, E>()
    }

    pub(crate) fn id(&self) -> u8 {
        self.id
    }

    pub(crate) fn encode(&self, value: &T, sink: &mut Sink) -> Result<()> {
        (self.encode)(value, sink)
    }

    /// Reads a value that the codec with the number `id` wrote, if that is this codec or one of this crate that the
    /// build has. Otherwise the error is `CodecMismatch`.
    pub(crate) fn decode(&self, id: u8, bytes: &[u8], max_object_bytes: usize) -> Result<T> {
        let limits = Limits { max_object_bytes };
        match (id == self.id, (self.decoder)(id)) {
            (true, _) => (self.decode)(bytes, limits),
            (false, Some(decode)) => decode(bytes, limits),
            (false, None) => Err(mismatch(id, self.name, self.id)),
        }
    }
}

/// Returns the error for a value of the codec with the number `id`, which this process lacks. The process reads the
/// type by the codec `name`, with the number `own`. The error names a codec of this crate by its name, and any other
/// codec by its number.
#[cold]
fn mismatch(id: u8, name: &str, own: u8) -> Error {
    let (theirs, remedy) = match id {
        1 => ("bincode".to_owned(), "build this process with the feature `bincode` of `ref-core`"),
        2 => ("postcard".to_owned(), "build this process with the feature `postcard` of `ref-core`"),
        128.. => (format!("number {id}"), "give the type the same codec in both processes"),
        _ => (format!("number {id}"), "read it with the version of `ref-core` that wrote it"),
    };
    let ours = format!("by {name} (number {own})");
    let message = format!("the value was written by the codec {theirs}, and this process reads its type {ours}");
    Error::new(ErrorKind::CodecMismatch, message).with_remedy(remedy)
}

/// Returns whether `C` may have its number: numbers below 128 are for codecs of this crate.
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
