//! bincode 2 in its `standard()` configuration: little-endian, with integers of variable length.

mod read;

use self::read::{Next, Rest};
use super::errors::left_over;
use super::sink::Full;
use super::{Codec, Failure, Limits, OURS, Origin, Sink};
use ::bincode::Encode as _;
use ::bincode::config;
use ::bincode::enc::EncoderImpl;
use ::bincode::enc::write::Writer;
use ::bincode::error::{DecodeError, EncodeError};
use ::bincode::serde::BorrowCompat;
use serde::Serialize;
use serde::de::{DeserializeOwned, DeserializeSeed};

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
        let mut rest = Rest::new(bytes);
        let value = T::deserialize(Next(&mut rest))?;
        whole(Ok(()), rest).map(|()| value)
    }

    fn decode_seed<'de, S: DeserializeSeed<'de, Value = ()>>(seed: S, bytes: &'de [u8]) -> Result<(), Failure> {
        let mut rest = Rest::new(bytes);
        let read = seed.deserialize(Next(&mut rest));
        whole(read, rest)
    }
}

/// Checks that a read has used all bytes.
fn whole(read: Result<(), DecodeError>, rest: Rest<'_>) -> Result<(), Failure> {
    read?;
    match rest.count() {
        0 => Ok(()),
        left => Err(left_over(Bincode::NAME, left).into()),
    }
}

impl Writer for Sink {
    #[inline]
    fn write(&mut self, bytes: &[u8]) -> Result<(), EncodeError> {
        self.push(bytes).map_err(|Full| EncodeError::Other("the value is too large"))
    }
}
