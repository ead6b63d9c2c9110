//! Values that are sent from one process to another and are never stored. Their only header is the codec's number.

use super::built_in::DefaultCodec;
use super::by_serde::BySerde;
use super::coded::CodedPlace;
use super::errors::too_large;
use super::guarded::{self, Format, Writing};
use super::{Codec, CodecOf, Decode, MOST, Sink, beside};
use crate::error::{Error, ErrorKind, Result};
use crate::schema::reading;
use serde::de::DeserializeOwned;
use serde::{Serialize, Serializer};

/// Writes `value` by serde's traits and this build's default codec.
pub(crate) fn write<T: Serialize + DeserializeOwned>(value: &T) -> Result<Vec<u8>> {
    encode(value, CodecOf::usual::<BySerde>())
}

/// Reads the value in `bytes`, which [`write()`] made in this or another process.
pub(crate) fn read<T: Serialize + DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    decode(bytes, CodecOf::usual::<BySerde>())
}

/// Writes `value` by `codec`.
pub(crate) fn encode<T>(value: &T, codec: CodecOf<T>) -> Result<Vec<u8>> {
    let mut sink = Sink::after(vec![codec.format.id], MOST);
    codec.encode(value, &mut sink)?;
    Ok(sink.into_parts().0)
}

/// Writes a value that is only lent, such as a slice, by this build's default codec. `value` writes itself under the
/// guard.
pub(crate) fn encode_lent(value: &impl Serialize) -> Result<Vec<u8>> {
    let mut sink = Sink::after(vec![DefaultCodec::ID], MOST);
    let writing = Writing::begin(Format::of::<DefaultCodec>(), &sink);
    let written = DefaultCodec::encode(&Lent(value), &mut sink);
    // The format is not human-readable, so nothing is read back.
    writing.finish(written, &mut sink, |_| Ok(()))?;
    Ok(sink.into_parts().0)
}

/// The whole value that [`encode_lent`] writes. Each time the codec writes it, the guard counts from the start.
struct Lent<'v, V>(&'v V);

impl<V: Serialize> Serialize for Lent<'_, V> {
    fn serialize<S: Serializer>(&self, to: S) -> std::result::Result<S::Ok, S::Error> {
        guarded::restart();
        self.0.serialize(to)
    }
}

/// Reads the value in `bytes`, by `codec` or the codec of this crate that the bytes name. Both processes have the same
/// definitions. So the value is read by the current ones, even if the code of a value of an edition has made this call.
pub(crate) fn decode<T>(bytes: &[u8], codec: CodecOf<T>) -> Result<T> {
    CodedPlace::read(codec, |place| decode_into(bytes, place))
}

fn decode_into(bytes: &[u8], place: &mut dyn Decode) -> Result<()> {
    match bytes {
        [_, body @ ..] if body.len() > MOST => Err(too_large(Some(body.len()), MOST)),
        [id, body @ ..] => reading(None, || beside::reading(None, || super::decode(place, *id, body, MOST))),
        [] => Err(Error::new(ErrorKind::Decode, "a value of no bytes")),
    }
}
