//! Values that go straight from one process to another and are never stored: no header but the codec's number.

use super::errors::too_large;
use super::{CodecOf, MOST, Sink};
use crate::error::{Error, ErrorKind, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The bytes of `value`, in this build's default codec.
pub(crate) fn write<T: Serialize + DeserializeOwned>(value: &T) -> Result<Vec<u8>> {
    let codec = CodecOf::<T>::default();
    let mut sink = Sink::after(vec![codec.id()], MOST);
    codec.encode(value, &mut sink)?;
    Ok(sink.into_bytes())
}

/// The value in `bytes`, which [`write`] made in this or another process.
pub(crate) fn read<T: Serialize + DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    match bytes {
        [_, body @ ..] if body.len() > MOST => Err(too_large(Some(body.len()), MOST)),
        [id, body @ ..] => CodecOf::<T>::default().decode(*id, body, MOST),
        [] => Err(Error::new(ErrorKind::Decode, "a value of no bytes")),
    }
}
