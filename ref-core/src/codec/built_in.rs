//! The codecs of this crate that this build has.

#[cfg(feature = "bincode")]
use super::Bincode;
#[cfg(feature = "postcard")]
use super::Postcard;
use super::guarded::Encoding;
use super::{Codec, Limits};
use crate::error::Result;

/// The codec of types that choose none.
#[cfg(feature = "bincode")]
pub(super) type DefaultCodec = Bincode;
#[cfg(all(feature = "postcard", not(feature = "bincode")))]
pub(super) type DefaultCodec = Postcard;
#[cfg(not(any(feature = "bincode", feature = "postcard")))]
pub(super) type DefaultCodec = NoCodec;

/// A function that reads a `T`.
pub(super) type Decode<T> = fn(&[u8], Limits) -> Result<T>;

/// Returns the function that reads a `T` by this crate's codec with the number `id`, if this build has that codec. A
/// number that was published is never given to another codec.
pub(super) fn decoder<E: Encoding<T>, T>(id: u8) -> Option<Decode<T>> {
    match id {
        #[cfg(feature = "bincode")]
        Bincode::ID => Some(super::guarded::decode::<Bincode, E, T>),
        #[cfg(feature = "postcard")]
        Postcard::ID => Some(super::guarded::decode::<Postcard, E, T>),
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

    fn decode<T: serde::de::DeserializeOwned>(_: &[u8], _: Limits) -> Result<T, super::Failure> {
        Err(super::errors::no_codec().into())
    }
}
