//! Values that are sent from one process to another and are never stored. Their only header is the codec's number.

use super::built_in::DefaultCodec;
use super::by_serde::BySerde;
use super::errors::too_large;
use super::{Codec, CodecOf, MOST, Sink, beside, guarded};
use crate::error::{Error, ErrorKind, Result};
use crate::schema::reading;
use serde::Serialize;
use serde::de::DeserializeOwned;

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
    let mut sink = Sink::after(vec![codec.id()], MOST);
    codec.encode(value, &mut sink)?;
    Ok(sink.into_parts().0)
}

/// Writes a value that is only lent, such as a slice, by this build's default codec. `value` writes itself under the
/// guard.
pub(crate) fn encode_lent(value: &impl Serialize) -> Result<Vec<u8>> {
    let mut sink = Sink::after(vec![DefaultCodec::ID], MOST);
    let _not_human_readable = guarded::write::<DefaultCodec>(value, &mut sink)?;
    Ok(sink.into_parts().0)
}

/// Reads the value in `bytes`, by `codec` or the codec of this crate that the bytes name. Both processes have the same
/// definitions. So the value is read by the current ones, even if the code of a value of an edition has made this call.
pub(crate) fn decode<T>(bytes: &[u8], codec: CodecOf<T>) -> Result<T> {
    match bytes {
        [_, body @ ..] if body.len() > MOST => Err(too_large(Some(body.len()), MOST)),
        [id, body @ ..] => reading(None, || beside::reading(None, || codec.decode(*id, body, MOST))),
        [] => Err(Error::new(ErrorKind::Decode, "a value of no bytes")),
    }
}
