//! Calls of a codec, with the [`guard`] between the codec and the value.

use super::beside;
use super::errors::{failed, not_read_back, too_large, too_many_elements, unread, unwritten};
use super::guard::{self, SPARE, Seen, Violation};
use super::{Codec, Limits, MOST, Sink};
use crate::error::{ErrorKind, Result};
use crate::schema::reading;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::marker::PhantomData;

/// How values of `T` are written to a format of serde, and read from one.
pub(crate) trait Encoding<T>: 'static {
    fn write<S: Serializer>(value: &T, to: S) -> std::result::Result<S::Ok, S::Error>;

    fn read<'de, D: Deserializer<'de>>(from: D) -> std::result::Result<T, D::Error>;
}

/// A value that is written in the encoding `E`.
struct Written<'v, E, T>(&'v T, PhantomData<E>);

impl<E: Encoding<T>, T> Serialize for Written<'_, E, T> {
    fn serialize<S: Serializer>(&self, to: S) -> std::result::Result<S::Ok, S::Error> {
        E::write(self.0, to)
    }
}

/// A value that was read in the encoding `E`.
struct Read<E, T>(T, PhantomData<E>);

impl<'de, E: Encoding<T>, T> Deserialize<'de> for Read<E, T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> std::result::Result<Self, D::Error> {
        E::read(from).map(|value| Self(value, PhantomData))
    }
}

pub(super) fn encode<C: Codec, E: Encoding<T>, T>(value: &T, sink: &mut Sink) -> Result<()> {
    let (start, limits) = (sink.written().len(), Limits { max_object_bytes: MOST });
    if write::<C>(&Written::<E, T>(value, PhantomData), sink)? {
        // This checks that the value can be read. The value that was read is not compared.
        let read = || decode::<C, E, T>(&sink.written()[start..], limits);
        reading(None, || beside::reading(None, read)).map_err(not_read_back)?;
    }
    Ok(())
}

/// Writes a whole value that counts its levels and elements in the guard. Returns whether the value is to be read back:
/// it has an opaque part, and the format is human-readable.
pub(super) fn write<C: Codec>(value: &impl Serialize, sink: &mut Sink) -> Result<bool> {
    let (before, takes_arrays) = (sink.room(), sink.takes_arrays());
    let whole = Whole(value);
    let encode = || guard::watch(elements_in::<C>(before), || C::encode(&whole, sink));
    let ((written, seen), gathered) = beside::gathering(takes_arrays, encode);
    let too_long = gathered.length > sink.room();
    let all = before.saturating_sub(sink.room()).saturating_add(gathered.length);
    sink.put_beside(gathered);
    let too_many = seen.elements > elements_in::<C>(before - sink.room());
    match (written, seen) {
        _ if sink.is_full() => Err(too_large(None, before)),
        _ if too_long => Err(too_large(Some(all), before)),
        (_, Seen { violation: Some(Violation::Elements), .. }) => Err(too_many_elements(before)),
        (_, Seen { violation: Some(violation), .. }) => Err(unwritten(violation)),
        (Err(failure), _) => Err(failed::<C>(ErrorKind::Encode, failure)),
        (Ok(()), _) if too_many => Err(unwritten(Violation::Elements)),
        (Ok(()), Seen { reads_back, .. }) => Ok(reads_back),
    }
}

pub(super) fn decode<C: Codec, E: Encoding<T>, T>(bytes: &[u8], limits: Limits) -> Result<T> {
    let budget = elements_in::<C>(bytes.len());
    let (read, seen) = guard::watch(budget, || C::decode::<Whole<Read<E, T>>>(bytes, limits));
    match (read, seen.violation) {
        (_, Some(violation)) => Err(unread(violation)),
        (Err(failure), None) => Err(failed::<C>(ErrorKind::Decode, failure)),
        (Ok(Whole(Read(value, _))), None) => Ok(value),
    }
}

/// The whole value that a codec is given. Each time the codec writes or reads it, the guard counts from the start.
struct Whole<V>(V);

impl<V: Serialize> Serialize for Whole<V> {
    fn serialize<S: Serializer>(&self, to: S) -> std::result::Result<S::Ok, S::Error> {
        guard::restart();
        beside::restart();
        self.0.serialize(to)
    }
}

impl<'de, V: Deserialize<'de>> Deserialize<'de> for Whole<V> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> std::result::Result<Self, D::Error> {
        guard::restart();
        V::deserialize(from).map(Self)
    }
}

/// Returns how many elements a value of `bytes` bytes may have.
fn elements_in<C: Codec>(bytes: usize) -> usize {
    bytes.saturating_mul(C::ELEMENTS_PER_BYTE).saturating_add(SPARE)
}
