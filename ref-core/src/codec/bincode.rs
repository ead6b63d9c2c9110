//! bincode 2 in its `standard()` configuration: little-endian, with integers of variable length.

use super::errors::left_over;
use super::sink::Full;
use super::{Codec, Failure, Limits, OURS, Origin, Sink};
use ::bincode::Encode as _;
use ::bincode::config::{self, Configuration};
use ::bincode::de::DecoderImpl;
use ::bincode::de::read::SliceReader;
use ::bincode::enc::EncoderImpl;
use ::bincode::enc::write::Writer;
use ::bincode::error::{DecodeError, EncodeError};
use ::bincode::serde::{BorrowCompat, BorrowedSerdeDecoder};
use serde::de::{DeserializeOwned, DeserializeSeed};
use serde::{Deserialize as _, Serialize};

/// bincode 2: the default codec (feature `bincode`).
#[derive(Clone, Copy, Debug)]
pub struct Bincode;

impl Codec for Bincode {
    const ID: u8 = 1;
    const NAME: &'static str = "bincode";
    const ORIGIN: Origin = OURS;

    fn encode<T: Serialize>(value: &T, sink: &mut Sink) -> Result<(), Failure> {
        // What `encode_into_writer` does, with less that is compiled for each type of values.
        BorrowCompat(value).encode(&mut EncoderImpl::new(sink, config::standard())).map_err(Failure::from)
    }

    fn decode<T: DeserializeOwned>(bytes: &[u8], _: Limits) -> Result<T, Failure> {
        let mut from = decoder(bytes);
        let value = T::deserialize(from.as_deserializer())?;
        whole(Ok(()), from).map(|()| value)
    }

    fn decode_seed<'de, S: DeserializeSeed<'de, Value = ()>>(seed: S, bytes: &'de [u8]) -> Result<(), Failure> {
        let mut from = decoder(bytes);
        whole(seed.deserialize(from.as_deserializer()), from)
    }
}

type Decoder<'de> = BorrowedSerdeDecoder<'de, DecoderImpl<SliceReader<'de>, Configuration, ()>>;

/// Returns a decoder that can lend text and bytes from `bytes`. It checks a length before anything is allocated for it.
fn decoder(bytes: &[u8]) -> Decoder<'_> {
    Decoder::from_slice(bytes, config::standard(), ())
}

/// Checks that a read has used all bytes. The decoder does not say how many are left. So the rest is read byte by byte.
fn whole(read: Result<(), DecodeError>, mut from: Decoder<'_>) -> Result<(), Failure> {
    read?;
    match std::iter::from_fn(|| u8::deserialize(from.as_deserializer()).ok()).count() {
        0 => Ok(()),
        rest => Err(left_over(Bincode::NAME, rest).into()),
    }
}

impl Writer for Sink {
    #[inline]
    fn write(&mut self, bytes: &[u8]) -> Result<(), EncodeError> {
        self.push(bytes).map_err(|Full| EncodeError::Other("the value is too large"))
    }
}
