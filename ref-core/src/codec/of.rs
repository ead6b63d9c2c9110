//! The codec of a type, as a value.

use super::built_in::{DefaultCodec, Readers, find, readers};
use super::guarded::{self, Decode, Encoding, Format, ReadBy, WriteBy};
use super::{Codec, Limits};
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
    pub(crate) format: Format,
    pub(crate) write: WriteBy<T>,
    pub(crate) read: ReadBy<T>,
    /// The functions that read what this codec wrote, or one of this crate. [`find`] returns the place of a codec's.
    pub(crate) readers: Readers<T>,
}

impl<T> CodecOf<T> {
    /// Returns the codec `C` for values in the encoding `E`. The caller has checked the codec's number.
    pub(crate) const fn of<C: Codec, E: Encoding<T>>() -> Self {
        let read = guarded::read::<C, E, T>;
        Self { format: Format::of::<C>(), write: guarded::write::<C, E, T>, read, readers: readers::<E, T>(read) }
    }

    /// Returns the default codec of this build for values in the encoding `E`.
    pub(crate) const fn usual<E: Encoding<T>>() -> Self {
        Self::of::<DefaultCodec, E>()
    }

    /// Returns this codec for values of `P`, which `write` and `read` write and read by it, in the encoding `E`.
    pub(crate) const fn through<P, E: Encoding<P>>(self, write: WriteBy<P>, read: ReadBy<P>) -> CodecOf<P> {
        CodecOf { format: self.format, write, read, readers: readers::<E, P>(read) }
    }
}

/// Returns the codec with the number `id`, which is the codec `own` of a type, or one of this crate that the build has.
/// Also returns the place of its function in [`CodecOf::readers`]. Otherwise the error is `CodecMismatch`.
pub(crate) fn reader_of(id: u8, own: Format) -> Result<(Format, usize)> {
    find(id, own).ok_or_else(|| mismatch(id, own))
}

/// Reads the body of a stored value, which the codec with the number `id` wrote, and keeps the value in `place`. A value
/// that an earlier definition wrote is read by the codecs of that definition.
///
/// # Errors
/// `CodecMismatch` if this process lacks the codec; else the errors of the codec.
pub(crate) fn decode(place: &mut dyn Decode, id: u8, bytes: &[u8], max_object_bytes: usize) -> Result<()> {
    if let Some(read) = place.read_earlier(id, bytes, max_object_bytes) {
        return read;
    }
    let (format, reader) = reader_of(id, place.format())?;
    guarded::watched(format, bytes, || place.read(reader, bytes, Limits { max_object_bytes }))
}

/// Returns the error for a value of the codec with the number `id`, which this process lacks. The process reads the
/// type by the codec `own`. The error names a codec of this crate by its name, and any other
/// codec by its number.
#[cold]
fn mismatch(id: u8, own: Format) -> Error {
    let (theirs, remedy) = match id {
        1 => ("bincode".to_owned(), "build this process with the feature `bincode` of `ref-core`"),
        2 => ("postcard".to_owned(), "build this process with the feature `postcard` of `ref-core`"),
        128.. => (format!("number {id}"), "give the type the same codec in both processes"),
        _ => (format!("number {id}"), "read it with the version of `ref-core` that wrote it"),
    };
    let ours = format!("by {} (number {})", own.name, own.id);
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
        f.debug_tuple("CodecOf").field(&format_args!("{}", self.format.name)).finish()
    }
}
