//! Calls of a codec, with the [`guard`] between the codec and the value.

use super::errors::{failed, not_read_back, too_large, too_many_elements, unread, unwritten};
use super::guard::{self, SPARE, Seen, Violation};
use super::{Codec, Limits, MOST, Sink};
use crate::error::{ErrorKind, Result};
use crate::schema::reading;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// How values of `T` look to a codec.
pub(crate) trait Encoding<T>: 'static {
    /// A value that is written.
    type Written<'v>: Serialize
    where
        T: 'v;
    /// A value that was read.
    type Read: DeserializeOwned;

    fn written(value: &T) -> Self::Written<'_>;

    fn value(read: Self::Read) -> T;
}

pub(super) fn encode<C: Codec, E: Encoding<T>, T>(value: &T, sink: &mut Sink) -> Result<()> {
    let (start, limits) = (sink.written().len(), Limits { max_object_bytes: MOST });
    if write::<C>(&E::written(value), sink)? {
        // This checks that the value can be read. The value that was read is not compared.
        reading(None, || decode::<C, E, T>(&sink.written()[start..], limits)).map_err(not_read_back)?;
    }
    Ok(())
}

/// Writes a whole value that counts its levels and elements in the guard. Returns whether the value is to be read back:
/// it has an opaque part, and the format is human-readable.
pub(super) fn write<C: Codec>(value: &impl Serialize, sink: &mut Sink) -> Result<bool> {
    let before = sink.room();
    let whole = Whole(value);
    let (written, seen) = guard::watch(elements_in::<C>(before), || C::encode(&whole, sink));
    let too_many = seen.elements > elements_in::<C>(before - sink.room());
    match (written, seen) {
        _ if sink.is_full() => Err(too_large(None, before)),
        (_, Seen { violation: Some(Violation::Elements), .. }) => Err(too_many_elements(before)),
        (_, Seen { violation: Some(violation), .. }) => Err(unwritten(violation)),
        (Err(failure), _) => Err(failed::<C>(ErrorKind::Encode, failure)),
        (Ok(()), _) if too_many => Err(unwritten(Violation::Elements)),
        (Ok(()), Seen { reads_back, .. }) => Ok(reads_back),
    }
}

pub(super) fn decode<C: Codec, E: Encoding<T>, T>(bytes: &[u8], limits: Limits) -> Result<T> {
    let budget = elements_in::<C>(bytes.len());
    let (read, seen) = guard::watch(budget, || C::decode::<Whole<E::Read>>(bytes, limits));
    match (read, seen.violation) {
        (_, Some(violation)) => Err(unread(violation)),
        (Err(failure), None) => Err(failed::<C>(ErrorKind::Decode, failure)),
        (Ok(Whole(read)), None) => Ok(E::value(read)),
    }
}

/// The whole value that a codec is given. Each time the codec writes or reads it, the guard counts from the start.
struct Whole<V>(V);

impl<V: Serialize> Serialize for Whole<V> {
    fn serialize<S: Serializer>(&self, to: S) -> std::result::Result<S::Ok, S::Error> {
        guard::restart();
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
