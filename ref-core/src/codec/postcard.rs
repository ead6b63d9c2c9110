//! postcard 1: a maintained format with a documented wire form.

use super::{Codec, Full, Sink, left_over, undecodable};
use crate::Result;
use ::postcard::ser_flavors::Flavor;
use serde::Serialize;
use serde::de::DeserializeOwned;

pub(crate) struct Postcard;

impl Codec for Postcard {
    const ID: u8 = 2;
    const NAME: &'static str = "postcard";

    fn encode<T: Serialize>(value: &T, sink: &mut Sink) -> Result<()> {
        let written = ::postcard::serialize_with_flavor(value, Into(&mut *sink));
        written.map_err(|error| sink.error(Self::NAME, error))
    }

    fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
        let read = ::postcard::take_from_bytes(bytes);
        let (value, rest) = read.map_err(|error| undecodable(Self::NAME, error))?;
        match rest.len() {
            0 => Ok(value),
            rest => Err(left_over(Self::NAME, rest)),
        }
    }
}

struct Into<'a>(&'a mut Sink);

impl Flavor for Into<'_> {
    type Output = ();

    #[inline]
    fn try_extend(&mut self, bytes: &[u8]) -> ::postcard::Result<()> {
        self.0.push(bytes).map_err(|Full| ::postcard::Error::SerializeBufferFull)
    }

    #[inline]
    fn try_push(&mut self, byte: u8) -> ::postcard::Result<()> {
        self.try_extend(&[byte])
    }

    fn finalize(self) -> ::postcard::Result<()> {
        Ok(())
    }
}
