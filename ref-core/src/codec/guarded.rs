//! Calls of a codec, with the [`guard`] between the codec and the value.

use super::beside::{self, Gathering};
use super::errors::{failed, not_read_back, too_large, too_large_with_arrays, too_many_elements, unread, unwritten};
use super::guard::{self, SPARE, Seen, ValueWatch, Violation};
use super::{Codec, Failure, Limits, MOST, Sink};
use crate::error::{Error, ErrorKind, Result};
use crate::schema::reading;
use serde::de::DeserializeSeed;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::marker::PhantomData;

/// How values of `T` are written to a format of serde, and read from one.
pub(crate) trait Encoding<T>: 'static {
    fn write<S: Serializer>(value: &T, to: S) -> std::result::Result<S::Ok, S::Error>;

    fn read<'de, D: Deserializer<'de>>(from: D) -> std::result::Result<T, D::Error>;
}

/// The whole value that a codec is given, in the encoding `E`. Each time the codec writes the value, the guard counts
/// from the start.
struct Written<'v, E, T>(&'v T, PhantomData<E>);

impl<E: Encoding<T>, T> Serialize for Written<'_, E, T> {
    fn serialize<S: Serializer>(&self, to: S) -> std::result::Result<S::Ok, S::Error> {
        restart();
        E::write(self.0, to)
    }
}

/// Begins to count and to gather from the start, for a codec that begins to write a value.
pub(super) fn restart() {
    guard::restart();
    beside::restart();
}

/// The whole value that a codec has read in the encoding `E`. Each time the codec reads the value, the guard counts
/// from the start.
struct Read<E, T>(T, PhantomData<E>);

impl<'de, E: Encoding<T>, T> Deserialize<'de> for Read<E, T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> std::result::Result<Self, D::Error> {
        guard::restart();
        match E::read(from) {
            Ok(value) => Ok(Self(value, PhantomData)),
            Err(error) => Err(error),
        }
    }
}

/// Reads the whole value in the encoding `E`, and keeps it in a place. What calls this has no value to pass on, and is
/// the same for all types of values.
struct InPlace<'p, E, T>(&'p mut Option<T>, PhantomData<E>);

impl<'de, E: Encoding<T>, T> DeserializeSeed<'de> for InPlace<'_, E, T> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> std::result::Result<(), D::Error> {
        guard::restart();
        match E::read(from) {
            Ok(value) => {
                *self.0 = Some(value);
                Ok(())
            }
            Err(error) => Err(error),
        }
    }
}

/// What is to be known of a codec beside its functions.
#[derive(Clone, Copy)]
pub(crate) struct Format {
    pub(super) id: u8,
    pub(super) name: &'static str,
    elements_per_byte: usize,
}

impl Format {
    pub(super) const fn of<C: Codec>() -> Self {
        Self { id: C::ID, name: C::NAME, elements_per_byte: C::ELEMENTS_PER_BYTE }
    }

    /// Returns how many elements a value of `bytes` bytes may have.
    fn elements_in(self, bytes: usize) -> usize {
        bytes.saturating_mul(self.elements_per_byte).saturating_add(SPARE)
    }
}

// `write` and `read` are compiled for each type of value and each codec. What calls them is not: it knows a value as a
// `dyn` of one of the two traits below. A `dyn FnMut` in their place would cost three more functions a closure.

/// Writes a value by the codec `C`, in the encoding `E`.
pub(super) fn write<C: Codec, E: Encoding<T>, T>(value: &T, sink: &mut Sink) -> Outcome {
    C::encode(&Written::<E, T>(value, PhantomData), sink)
}

/// Reads a value by the codec `C`, in the encoding `E`, and makes it `value`.
pub(super) fn read<C: Codec, E: Encoding<T>, T>(bytes: &[u8], limits: Limits, value: &mut Option<T>) -> Outcome {
    // The condition is a constant, so that rustc compiles one of the two ways for each codec.
    if const { C::ORIGIN.is_ours } {
        return C::decode_seed(InPlace::<E, T>(value, PhantomData), bytes);
    }
    // `?` would be compiled for each type of values.
    match C::decode::<Read<E, T>>(bytes, limits) {
        Ok(read) => {
            *value = Some(read.0);
            Ok(())
        }
        Err(failure) => Err(failure),
    }
}

/// What a codec says of a value that it has written or read.
pub(crate) type Outcome = std::result::Result<(), Failure>;

/// A [`write()`] of any codec.
pub(crate) type WriteBy<T> = fn(&T, &mut Sink) -> Outcome;

/// A [`read()`] of any codec.
pub(crate) type ReadBy<T> = fn(&[u8], Limits, &mut Option<T>) -> Outcome;

/// A value.
pub(crate) trait Encode {
    /// Returns the codec that writes the value.
    fn format(&self) -> Format;

    fn write(&self, sink: &mut Sink) -> Outcome;

    /// Reads a value of the same type, and drops it.
    fn read_back(&self, bytes: &[u8], limits: Limits) -> Outcome;
}

/// A place for a value.
pub(crate) trait Decode {
    /// Returns the codec of the value's type.
    fn format(&self) -> Format;

    /// Reads a value by the function at the place `reader` of [`CodecOf::readers`](super::CodecOf::readers), and keeps it.
    fn read(&mut self, reader: usize, bytes: &[u8], limits: Limits) -> Outcome;

    /// Reads a value of the type's earlier definition, and keeps it converted. Returns `None`, and reads nothing, if
    /// the value is of the current definition. The arguments are those of [`decode`](super::decode).
    fn read_earlier(&mut self, _id: u8, _bytes: &[u8], _max_object_bytes: usize) -> Option<Result<()>> {
        None
    }
}

/// Writes a value, and checks that it can be read. The value that was read is not compared.
pub(super) fn encode(value: &dyn Encode, sink: &mut Sink) -> Result<()> {
    let format = value.format();
    let writing = Writing::begin(format, sink);
    let written = value.write(sink);
    let limits = Limits { max_object_bytes: MOST };
    writing.finish(written, sink, |bytes| watched(format, bytes, || value.read_back(bytes, limits)))
}

/// Calls `read`, which reads a value of `bytes`, under the guard.
pub(super) fn watched(format: Format, bytes: &[u8], read: impl FnOnce() -> Outcome) -> Result<()> {
    drop(beside::damage());
    let watch = ValueWatch::begin(format.elements_in(bytes.len()));
    let read = read();
    match (read, watch.finish().violation.map(unread)) {
        (Ok(()), None) => Ok(()),
        (Ok(()), Some(refused)) => Err(refused),
        (Err(failure), refused) => Err(why_unread(format, failure, refused)),
    }
}

#[cold]
fn why_unread(format: Format, failure: Failure, refused: Option<Error>) -> Error {
    beside::damage().or(refused).unwrap_or_else(|| failed(format.name, ErrorKind::Decode, failure))
}

/// The writing of a whole value that counts its levels and elements in the guard.
pub(super) struct Writing {
    format: Format,
    /// How many bytes the sink had before the value.
    start: usize,
    /// How many bytes the value may have.
    room: usize,
    /// The same, with the arrays beside it.
    whole_room: usize,
    gathering: Gathering,
    watch: ValueWatch,
}

impl Writing {
    pub(super) fn begin(format: Format, sink: &Sink) -> Self {
        let (start, room, whole_room) = (sink.written().len(), sink.room(), sink.whole_room());
        drop(beside::damage());
        let gathering = Gathering::begin(sink.takes_arrays());
        Self { format, start, room, whole_room, gathering, watch: ValueWatch::begin(format.elements_in(room)) }
    }

    /// Checks what was written. Calls `read_back` with the bytes if the value has an opaque part and the format is
    /// human-readable.
    pub(super) fn finish(
        self,
        written: std::result::Result<(), Failure>,
        sink: &mut Sink,
        read_back: impl FnOnce(&[u8]) -> Result<()>,
    ) -> Result<()> {
        let Self { format, start, room: before, whole_room: most, .. } = self;
        let seen = self.watch.finish();
        let gathered = self.gathering.finish();
        let whole = most.saturating_sub(sink.whole_room()).saturating_add(gathered.length);
        let has_arrays = gathered.length > 0;
        sink.put_beside(gathered);
        let too_many = seen.elements > format.elements_in(before - sink.room());
        match (written, seen) {
            _ if sink.is_full() => Err(too_large(None, before)),
            _ if has_arrays && whole > most => Err(too_large_with_arrays(whole, most)),
            (_, Seen { violation: Some(Violation::Elements), .. }) => Err(too_many_elements(before)),
            (_, Seen { violation: Some(violation), .. }) => Err(unwritten(violation)),
            (Err(failure), _) => {
                Err(beside::damage().unwrap_or_else(|| failed(format.name, ErrorKind::Encode, failure)))
            }
            (Ok(()), _) if too_many => Err(unwritten(Violation::Elements)),
            (Ok(()), Seen { reads_back: false, .. }) => Ok(()),
            (Ok(()), Seen { reads_back: true, .. }) => {
                let read = || read_back(&sink.written()[start..]);
                reading(None, || beside::reading(None, read)).map_err(not_read_back)
            }
        }
    }
}
