//! Calls of a codec, with the [`guard`] between the codec and the value.

use super::beside::{self, Gathering};
use super::errors::{failed, not_read_back, too_large, too_large_with_arrays, too_many_elements, unread, unwritten};
use super::guard::{self, SPARE, Seen, ValueWatch, Violation};
use super::{Codec, Failure, Limits, MOST, Sink};
use crate::error::{Error, ErrorKind, Result};
use crate::schema::reading;
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
        guard::restart();
        beside::restart();
        E::write(self.0, to)
    }
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

// These two functions are compiled for each type of value and each codec. What depends on neither is in `Writing` and
// in `ValueWatch`.

pub(super) fn encode<C: Codec, E: Encoding<T>, T>(value: &T, sink: &mut Sink) -> Result<()> {
    let writing = Writing::begin::<C>(sink);
    let written = C::encode(&Written::<E, T>(value, PhantomData), sink);
    // This checks that the value can be read. The value that was read is not compared.
    writing.finish::<C>(written, sink, |bytes| match decode::<C, E, T>(bytes, Limits { max_object_bytes: MOST }) {
        Ok(_) => Ok(()),
        Err(error) => Err(error),
    })
}

pub(super) fn decode<C: Codec, E: Encoding<T>, T>(bytes: &[u8], limits: Limits) -> Result<T> {
    drop(beside::damage());
    let watch = ValueWatch::begin(elements_in::<C>(bytes.len()));
    let read = C::decode::<Read<E, T>>(bytes, limits);
    match (read, watch.finish().violation.map(unread)) {
        (Ok(Read(value, _)), None) => Ok(value),
        (Ok(_), Some(refused)) => Err(refused),
        (Err(failure), refused) => Err(why_unread::<C>(failure, refused)),
    }
}

fn why_unread<C: Codec>(failure: Failure, refused: Option<Error>) -> Error {
    beside::damage().or(refused).unwrap_or_else(|| failed::<C>(ErrorKind::Decode, failure))
}

/// The writing of a whole value that counts its levels and elements in the guard.
pub(super) struct Writing {
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
    pub(super) fn begin<C: Codec>(sink: &Sink) -> Self {
        let (start, room, whole_room) = (sink.written().len(), sink.room(), sink.whole_room());
        drop(beside::damage());
        let gathering = Gathering::begin(sink.takes_arrays());
        Self { start, room, whole_room, gathering, watch: ValueWatch::begin(elements_in::<C>(room)) }
    }

    /// Checks what was written. Calls `read_back` with the bytes if the value has an opaque part and the format is
    /// human-readable.
    pub(super) fn finish<C: Codec>(
        self,
        written: std::result::Result<(), Failure>,
        sink: &mut Sink,
        read_back: fn(&[u8]) -> Result<()>,
    ) -> Result<()> {
        let Self { start, room: before, whole_room: most, .. } = self;
        let seen = self.watch.finish();
        let gathered = self.gathering.finish();
        let whole = most.saturating_sub(sink.whole_room()).saturating_add(gathered.length);
        let has_arrays = gathered.length > 0;
        sink.put_beside(gathered);
        let too_many = seen.elements > elements_in::<C>(before - sink.room());
        match (written, seen) {
            _ if sink.is_full() => Err(too_large(None, before)),
            _ if has_arrays && whole > most => Err(too_large_with_arrays(whole, most)),
            (_, Seen { violation: Some(Violation::Elements), .. }) => Err(too_many_elements(before)),
            (_, Seen { violation: Some(violation), .. }) => Err(unwritten(violation)),
            (Err(failure), _) => Err(beside::damage().unwrap_or_else(|| failed::<C>(ErrorKind::Encode, failure))),
            (Ok(()), _) if too_many => Err(unwritten(Violation::Elements)),
            (Ok(()), Seen { reads_back: false, .. }) => Ok(()),
            (Ok(()), Seen { reads_back: true, .. }) => {
                let read = || read_back(&sink.written()[start..]);
                reading(None, || beside::reading(None, read)).map_err(not_read_back)
            }
        }
    }
}

/// Returns how many elements a value of `bytes` bytes may have.
fn elements_in<C: Codec>(bytes: usize) -> usize {
    bytes.saturating_mul(C::ELEMENTS_PER_BYTE).saturating_add(SPARE)
}
