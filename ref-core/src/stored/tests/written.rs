//! Functions that write values by the codecs, and read them back.

use super::super::{Schema, Stored, of};
use crate::codec::{Codec, CodecOf, Failure, Limits, Sink};
use crate::error::Result;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Checks that `value` is read as it was written, and returns the description of its type.
pub(super) fn stored<T: Stored + PartialEq + std::fmt::Debug>(value: T) -> String {
    for codec in codecs::<T>() {
        assert_eq!(codec.decode(codec.id(), &body(&value, codec).unwrap(), ROOMY).unwrap(), value, "{codec:?}");
    }
    Schema::of::<T>().to_string()
}

pub(super) const ROOMY: usize = 1 << 20;

/// Returns the codecs of this build and JSON, with the default first.
pub(super) fn codecs<T: Stored>() -> Vec<CodecOf<T>> {
    positional().chain([CodecOf::new::<Text>()]).collect()
}

/// Returns the codecs of this build, which are positional. No code for JSON is compiled for a type that only these write.
pub(super) fn positional<T: Stored>() -> impl Iterator<Item = CodecOf<T>> {
    let codecs = [
        #[cfg(feature = "bincode")]
        CodecOf::new::<crate::codec::Bincode>(),
        #[cfg(feature = "postcard")]
        CodecOf::new::<crate::codec::Postcard>(),
    ];
    codecs.into_iter()
}

/// Returns the bytes that `codec` writes for `value`, without the header.
pub(super) fn body<T: Stored>(value: &T, codec: CodecOf<T>) -> Result<Vec<u8>> {
    let bytes = crate::codec::coded::seal_copy(value, of::<T>(), codec, ROOMY)?;
    let offset = u32::from_le_bytes(bytes[44..48].try_into().unwrap());
    Ok(bytes[offset as usize..].to_vec())
}

/// A codec that writes JSON, with the names of fields. Only these tests have it.
struct Text;

impl Codec for Text {
    const ID: u8 = 210;
    const NAME: &'static str = "text";

    fn encode<T: Serialize>(value: &T, sink: &mut Sink) -> std::result::Result<(), Failure> {
        Ok(serde_json::to_writer(sink, value)?)
    }

    fn decode<T: DeserializeOwned>(bytes: &[u8], _: Limits) -> std::result::Result<T, Failure> {
        Ok(serde_json::from_slice(bytes)?)
    }
}

/// Returns `value` as JSON.
pub(super) fn json<T: Stored>(value: &T) -> String {
    String::from_utf8(body(value, CodecOf::new::<Text>()).unwrap()).unwrap()
}
