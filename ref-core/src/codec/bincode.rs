//! bincode 2 in its `standard()` configuration: little-endian, with integers of variable length.

use super::errors::left_over;
use super::sink::Full;
use super::{Codec, Failure, Limits, OURS, Origin, Sink};
use ::bincode::config;
use ::bincode::enc::write::Writer;
use ::bincode::error::EncodeError;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// bincode 2: the default codec (feature `bincode`).
#[derive(Clone, Copy, Debug)]
pub struct Bincode;

impl Codec for Bincode {
    const ID: u8 = 1;
    const NAME: &'static str = "bincode";
    const ORIGIN: Origin = OURS;

    fn encode<T: Serialize>(value: &T, sink: &mut Sink) -> Result<(), Failure> {
        ::bincode::serde::encode_into_writer(value, sink, config::standard())?;
        Ok(())
    }

    fn decode<T: DeserializeOwned>(bytes: &[u8], _: Limits) -> Result<T, Failure> {
        // This decoder can lend text and bytes from `bytes`. It checks a length before anything is allocated for it.
        let (value, used) = ::bincode::serde::borrow_decode_from_slice(bytes, config::standard())?;
        match bytes.len() - used {
            0 => Ok(value),
            rest => Err(left_over(Self::NAME, rest).into()),
        }
    }
}

impl Writer for Sink {
    #[inline]
    fn write(&mut self, bytes: &[u8]) -> Result<(), EncodeError> {
        self.push(bytes).map_err(|Full| EncodeError::Other("the value is too large"))
    }
}
