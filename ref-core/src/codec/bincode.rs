//! bincode 2 in its `standard()` configuration: little-endian, with integers of variable length.

use super::errors::left_over;
use super::sink::Full;
use super::{Codec, Failure, Limits, OURS, Origin, Sink};
use ::bincode::config;
use ::bincode::enc::write::Writer;
use ::bincode::error::{DecodeError, EncodeError};
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
        let (value, used) = decode_within_smallest(bytes)?;
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

/// bincode's limit counts what a field takes in memory: a `u128` that is stored in one byte counts as sixteen bytes.
const GROWTH: usize = 16;

const SMALL: usize = 1 << 20;
const MIDDLE: usize = 1 << 27;
/// Enough for [`super::MOST`] bytes. On 32 bits there is no limit but the address space.
const LARGE: usize = match super::MOST.checked_mul(GROWTH) {
    Some(limit) => limit,
    None => usize::MAX,
};

/// Decodes under the smallest of three limits that is large enough. Without a limit, a length field of a few bytes
/// could make the decoder ask for exabytes of memory, which aborts the process. bincode's limit is a compile-time
/// constant, so each limit puts another copy of the type's decoder into the program. That is why there are only three.
fn decode_within_smallest<T: DeserializeOwned>(bytes: &[u8]) -> Result<(T, usize), DecodeError> {
    let most = bytes.len().saturating_mul(GROWTH);
    if most <= SMALL {
        decode_within::<T, SMALL>(bytes)
    } else if most <= MIDDLE {
        decode_within::<T, MIDDLE>(bytes)
    } else {
        decode_within::<T, LARGE>(bytes)
    }
}

fn decode_within<T: DeserializeOwned, const MOST: usize>(bytes: &[u8]) -> Result<(T, usize), DecodeError> {
    ::bincode::serde::decode_from_slice(bytes, config::standard().with_limit::<MOST>())
}
