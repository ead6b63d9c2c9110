//! postcard 1, whose wire form is documented.

use super::errors::left_over;
use super::sink::Full;
use super::{Codec, Failure, Limits, OURS, Origin, Sink};
use ::postcard::ser_flavors::Flavor;
use serde::Serialize;
use serde::de::{DeserializeOwned, DeserializeSeed};

/// postcard 1 (feature `postcard`).
///
/// postcard drops the text of an error that a type's own code returns. When a value is written, the text is found out
/// anew; when a value is read, it is lost.
#[derive(Clone, Copy, Debug)]
pub struct Postcard;

impl Codec for Postcard {
    const ID: u8 = 2;
    const NAME: &'static str = "postcard";
    const ORIGIN: Origin = OURS;

    fn encode<T: Serialize>(value: &T, sink: &mut Sink) -> Result<(), Failure> {
        match ::postcard::serialize_with_flavor(value, SinkFlavor(sink)) {
            Err(::postcard::Error::SerdeSerCustom) => Err(said_by(value)),
            written => Ok(written?),
        }
    }

    fn decode<T: DeserializeOwned>(bytes: &[u8], _: Limits) -> Result<T, Failure> {
        let (value, rest) = ::postcard::take_from_bytes(bytes)?;
        whole(rest).map(|()| value)
    }

    fn decode_seed<'de, S: DeserializeSeed<'de, Value = ()>>(seed: S, bytes: &'de [u8]) -> Result<(), Failure> {
        let mut from = ::postcard::Deserializer::from_bytes(bytes);
        seed.deserialize(&mut from)?;
        whole(from.finalize()?)
    }
}

/// Checks that no bytes are left over.
fn whole(rest: &[u8]) -> Result<(), Failure> {
    match rest.len() {
        0 => Ok(()),
        rest => Err(left_over(Postcard::NAME, rest).into()),
    }
}

/// Returns the error of a type's own code, which it returns again when the value is written in another format.
fn said_by<T: Serialize>(value: &T) -> Failure {
    match rmp_serde::encode::write(&mut std::io::sink(), value) {
        Err(rmp_serde::encode::Error::Syntax(text)) => text.into(),
        _ => ::postcard::Error::SerdeSerCustom.into(),
    }
}

/// Lets postcard write to a [`Sink`].
struct SinkFlavor<'a>(&'a mut Sink);

impl Flavor for SinkFlavor<'_> {
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
