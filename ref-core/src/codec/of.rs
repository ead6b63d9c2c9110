//! The codec of a type, as a value.

use super::built_in::{DefaultCodec, reader};
use super::guarded::{self, Encode, Encoding, Format, Outcome, ReadBy, ReadInto, WriteBy};
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
    format: Format,
    write: WriteBy<T>,
    read: ReadBy<T>,
    /// Returns the codec of this crate with the given number, if the build has it, and its function that reads a value.
    reader: fn(u8) -> Option<(Format, ReadBy<T>)>,
}

impl<T> CodecOf<T> {
    /// Returns the codec `C` for values in the encoding `E`. The caller has checked the codec's number.
    pub(crate) const fn of<C: Codec, E: Encoding<T>>() -> Self {
        Self {
            format: Format::of::<C>(),
            write: guarded::write::<C, E, T>,
            read: guarded::read::<C, E, T>,
            reader: reader::<E, T>,
        }
    }

    /// Returns the default codec of this build for values in the encoding `E`.
    pub(crate) const fn usual<E: Encoding<T>>() -> Self {
        Self::of::<DefaultCodec, E>()
    }

    /// Returns this codec for values of `P`, which `write` and `read` write and read by it, in the encoding `E`.
    pub(crate) const fn through<P, E: Encoding<P>>(self, write: WriteBy<P>, read: ReadBy<P>) -> CodecOf<P> {
        CodecOf { format: self.format, write, read, reader: reader::<E, P> }
    }

    pub(crate) fn write(&self, value: &T, sink: &mut Sink) -> Outcome {
        (self.write)(value, sink)
    }

    pub(crate) fn read(&self, bytes: &[u8], limits: Limits, value: &mut Option<T>) -> Outcome {
        (self.read)(bytes, limits, value)
    }

    pub(crate) fn id(&self) -> u8 {
        self.format.id
    }

    pub(crate) fn encode(&self, value: &T, sink: &mut Sink) -> Result<()> {
        guarded::encode(&CodedValue { value, codec: *self }, sink)
    }

    /// Checks that a value which the codec with the number `id` wrote can be read: that it is this codec, or one of this
    /// crate that the build has. Otherwise the error is `CodecMismatch`.
    pub(crate) fn check(&self, id: u8) -> Result<()> {
        self.reader_of(id).map(drop)
    }

    fn reader_of(&self, id: u8) -> Result<(Format, ReadBy<T>)> {
        match (id == self.format.id, (self.reader)(id)) {
            (true, _) => Ok((self.format, self.read)),
            (false, Some(reader)) => Ok(reader),
            (false, None) => Err(mismatch(id, self.format)),
        }
    }

    /// Reads a value that the codec with the number `id` wrote, and makes it `value`. The errors are those of
    /// [`check`](Self::check) and of the codec.
    pub(crate) fn decode_into(
        &self,
        id: u8,
        bytes: &[u8],
        max_object_bytes: usize,
        value: &mut Option<T>,
    ) -> Result<()> {
        let (format, read) = self.reader_of(id)?;
        let limits = Limits { max_object_bytes };
        guarded::decode(format, bytes, limits, &mut ValuePlace { read, value })
    }
}

/// A value with its codec.
pub(crate) struct CodedValue<'a, T> {
    pub(crate) value: &'a T,
    pub(crate) codec: CodecOf<T>,
}

impl<T> Encode for CodedValue<'_, T> {
    fn format(&self) -> Format {
        self.codec.format
    }

    fn write(&self, sink: &mut Sink) -> Outcome {
        (self.codec.write)(self.value, sink)
    }

    fn read_back(&self, bytes: &[u8], limits: Limits) -> Outcome {
        (self.codec.read)(bytes, limits, &mut None)
    }
}

/// A place for a value, with the function that reads it.
struct ValuePlace<'a, T> {
    read: ReadBy<T>,
    value: &'a mut Option<T>,
}

impl<T> ReadInto for ValuePlace<'_, T> {
    fn read(&mut self, bytes: &[u8], limits: Limits) -> Outcome {
        (self.read)(bytes, limits, self.value)
    }
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
