//! Values that are sent from one process to another and are never stored. Their only header is the codec's number.

use super::by_serde::BySerde;
use super::errors::too_large;
use super::{CodecOf, MOST, Sink};
use crate::error::{Error, ErrorKind, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Writes `value` by this build's default codec.
pub(crate) fn write<T: Serialize + DeserializeOwned>(value: &T) -> Result<Vec<u8>> {
    let codec = CodecOf::usual::<BySerde>();
    let mut sink = Sink::after(vec![codec.id()], MOST);
    codec.encode(value, &mut sink)?;
    Ok(sink.into_bytes())
}

/// Reads the value in `bytes`, which [`write()`] made in this or another process.
pub(crate) fn read<T: Serialize + DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    match bytes {
        [_, body @ ..] if body.len() > MOST => Err(too_large(Some(body.len()), MOST)),
        [id, body @ ..] => CodecOf::usual::<BySerde>().decode(*id, body, MOST),
        [] => Err(Error::new(ErrorKind::Decode, "a value of no bytes")),
    }
}
