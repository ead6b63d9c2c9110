//! The codecs of this crate that this build has.

#[cfg(feature = "bincode")]
use super::Bincode;
use super::Codec;
#[cfg(feature = "postcard")]
use super::Postcard;
use super::guarded::{Encoding, Format, ReadBy};

/// The codec of types that choose none.
#[cfg(feature = "bincode")]
pub(super) type DefaultCodec = Bincode;
#[cfg(all(feature = "postcard", not(feature = "bincode")))]
pub(super) type DefaultCodec = Postcard;
#[cfg(not(any(feature = "bincode", feature = "postcard")))]
pub(super) type DefaultCodec = NoCodec;

/// Returns the function that reads a `T` by this crate's codec with the number `id`, if this build has that codec. A
/// number that was published is never given to another codec.
pub(super) fn reader<E: Encoding<T>, T>(id: u8) -> Option<(Format, ReadBy<T>)> {
    match id {
        #[cfg(feature = "bincode")]
        Bincode::ID => Some((Format::of::<Bincode>(), super::guarded::read::<Bincode, E, T>)),
        #[cfg(feature = "postcard")]
        Postcard::ID => Some((Format::of::<Postcard>(), super::guarded::read::<Postcard, E, T>)),
        _ => None,
    }
}

/// The default codec of a build that has no codec of this crate: every use of it fails.
#[cfg(not(any(feature = "bincode", feature = "postcard")))]
pub(super) struct NoCodec;

#[cfg(not(any(feature = "bincode", feature = "postcard")))]
impl Codec for NoCodec {
    const ID: u8 = 0;
    const NAME: &'static str = "no codec";
    const ORIGIN: super::Origin = super::OURS;

    fn encode<T: serde::Serialize>(_: &T, _: &mut super::Sink) -> Result<(), super::Failure> {
        Err(super::errors::no_codec().into())
    }

    fn decode<T: serde::de::DeserializeOwned>(_: &[u8], _: super::Limits) -> Result<T, super::Failure> {
        Err(super::errors::no_codec().into())
    }
}
