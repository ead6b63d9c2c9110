//! The codecs of this crate that this build has.

#[cfg(feature = "bincode")]
use super::Bincode;
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

/// The codecs of this crate that this build has. A number that was published is never given to another codec.
pub(super) const FORMATS: &[Format] = &[
    #[cfg(feature = "bincode")]
    Format::of::<Bincode>(),
    #[cfg(feature = "postcard")]
    Format::of::<Postcard>(),
];

/// The functions that read a `T`: by the [`FORMATS`], in their order, and by the type's codec.
pub(super) type Readers<T> = [ReadBy<T>; FORMATS.len() + 1];

/// Returns the functions. `own` is that of the type's codec.
pub(super) const fn readers<E: Encoding<T>, T>(own: ReadBy<T>) -> Readers<T> {
    [
        #[cfg(feature = "bincode")]
        super::guarded::read::<Bincode, E, T>,
        #[cfg(feature = "postcard")]
        super::guarded::read::<Postcard, E, T>,
        own,
    ]
}

/// Returns the codec with the number `id`, and the place of its function in [`Readers`], if this build has it. `own` is
/// the type's codec.
pub(super) fn find(id: u8, own: Format) -> Option<(Format, usize)> {
    let ours = FORMATS.iter().position(|format| format.id == id).map(|place| (FORMATS[place], place));
    ours.or_else(|| (id == own.id).then_some((own, FORMATS.len())))
}

/// The default codec of a build that has no codec of this crate: every use of it fails.
#[cfg(not(any(feature = "bincode", feature = "postcard")))]
pub(super) struct NoCodec;

#[cfg(not(any(feature = "bincode", feature = "postcard")))]
impl super::Codec for NoCodec {
    const ID: u8 = 0;
    const NAME: &'static str = "no codec";
    const ORIGIN: super::Origin = super::OURS;

    fn encode<T: serde::Serialize>(_: &T, _: &mut super::Sink) -> Result<(), super::Failure> {
        Err(super::errors::no_codec().into())
    }

    fn decode<T: serde::de::DeserializeOwned>(_: &[u8], _: super::Limits) -> Result<T, super::Failure> {
        Err(super::errors::no_codec().into())
    }

    fn decode_seed<'de, S>(_: S, _: &'de [u8]) -> Result<(), super::Failure>
    where
        S: serde::de::DeserializeSeed<'de, Value = ()>,
    {
        Err(super::errors::no_codec().into())
    }
}
