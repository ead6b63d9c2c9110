//! How a value becomes bytes and comes back.
//!
//! A codec writes the serde part of a value; [`envelope`] puts a checked header before it. The header names the
//! codec, so that a store may hold values of several and each is read with the codec that wrote it.
//!
//! # Contract
//! 1. What `encode` wrote, `decode` reads back, in every process that has the codec, whatever its features.
//! 2. `decode` answers arbitrary bytes with a value or a typed error: no panic, and no length field in them makes it
//!    ask for memory without bound (bincode: for up to 64 KiB of bytes 1 MiB, up to 8 MiB 128 MiB, then 16 GiB).
//! 3. Bytes left over are an error.
//!
//! Two things serde codecs do not bound, and the checksum before them only makes unlikely: the depth of a recursive
//! type, and the count of elements that take no bytes (`Vec<()>`).

// Without a codec no store opens, and nothing here is called.
#![cfg_attr(not(any(feature = "bincode", feature = "postcard")), allow(dead_code, unused_imports, unused_variables))]

#[cfg(feature = "bincode")]
mod bincode;
pub(crate) mod envelope;
#[cfg(feature = "postcard")]
mod postcard;
#[cfg(all(test, feature = "bincode"))]
mod tests;

use crate::{Error, ErrorKind, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The most that the serde part of one value may take, whatever the store's `max_object` says.
pub(crate) const MOST: usize = 1 << 30;

/// A serde format. Numbers of published codecs are never reused; from 128 on they are for others.
pub(crate) trait Codec {
    /// The number that names this codec in a stored header.
    const ID: u8;
    /// The name in errors.
    const NAME: &'static str;

    /// Appends `value` to `sink`.
    fn encode<T: Serialize>(value: &T, sink: &mut Sink) -> Result<()>;

    /// Reads a value from all of `bytes`.
    fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T>;
}

/// The codecs that this build has. A build without any has no value of this type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    #[cfg(feature = "bincode")]
    Bincode,
    #[cfg(feature = "postcard")]
    Postcard,
}

impl Format {
    /// What new values are written with: bincode where this build has it, else postcard.
    pub(crate) fn default_of_this_build() -> Result<Self> {
        #[cfg(feature = "bincode")]
        return Ok(Self::Bincode);
        #[cfg(all(feature = "postcard", not(feature = "bincode")))]
        return Ok(Self::Postcard);
        #[cfg(not(any(feature = "postcard", feature = "bincode")))]
        Err(Error::new(ErrorKind::Unsupported, "this build of `ref-core` has no codec to write values with")
            .with_remedy("enable the feature `bincode` or the feature `postcard` of `ref-core`"))
    }

    /// The codec that a stored header names.
    fn of_id(id: u8) -> Result<Self> {
        match id {
            #[cfg(feature = "bincode")]
            bincode::Bincode::ID => Ok(Self::Bincode),
            #[cfg(feature = "postcard")]
            postcard::Postcard::ID => Ok(Self::Postcard),
            _ => Err(lacking(id)),
        }
    }

    fn id(self) -> u8 {
        match self {
            #[cfg(feature = "bincode")]
            Self::Bincode => bincode::Bincode::ID,
            #[cfg(feature = "postcard")]
            Self::Postcard => postcard::Postcard::ID,
        }
    }

    fn encode<T: Serialize>(self, value: &T, sink: &mut Sink) -> Result<()> {
        match self {
            #[cfg(feature = "bincode")]
            Self::Bincode => bincode::Bincode::encode(value, sink),
            #[cfg(feature = "postcard")]
            Self::Postcard => postcard::Postcard::encode(value, sink),
        }
    }

    fn decode<T: DeserializeOwned>(self, bytes: &[u8]) -> Result<T> {
        match self {
            #[cfg(feature = "bincode")]
            Self::Bincode => bincode::Bincode::decode(bytes),
            #[cfg(feature = "postcard")]
            Self::Postcard => postcard::Postcard::decode(bytes),
        }
    }
}

/// A value of a codec that this build lacks: its feature by name where we know it.
fn lacking(id: u8) -> Error {
    let (name, remedy) = match id {
        1 => ("bincode".to_owned(), "build this process with the feature `bincode` of `ref-core`"),
        2 => ("postcard".to_owned(), "build this process with the feature `postcard` of `ref-core`"),
        _ => (format!("number {id}"), "read it with the version of `ref-core` that wrote it"),
    };
    let message = format!("the value was written by the codec {name}, which this process lacks");
    Error::new(ErrorKind::CodecMismatch, message).with_remedy(remedy)
}

/// Growing bytes with a hard end.
#[derive(Debug)]
pub(crate) struct Sink {
    bytes: Vec<u8>,
    /// How long they may become.
    end: usize,
    most: usize,
    full: bool,
}

impl Sink {
    /// Goes on after `bytes`, for at most `most` more.
    fn after(bytes: Vec<u8>, most: usize) -> Self {
        let end = bytes.len().saturating_add(most);
        Self { bytes, end, most, full: false }
    }

    /// Appends `more`, or refuses all of it. Codecs call this for every byte of a `Vec<u8>`.
    #[inline]
    fn push(&mut self, more: &[u8]) -> Result<(), Full> {
        if more.len() > self.end - self.bytes.len() {
            self.full = true;
            return Err(Full);
        }
        self.bytes.extend_from_slice(more);
        Ok(())
    }

    /// What a codec's failure to write into this sink means.
    fn error(&self, codec: &str, source: impl std::error::Error + Send + Sync + 'static) -> Error {
        match self.full {
            true => too_large(None, self.most),
            false => Error::new(ErrorKind::Encode, format!("{codec} cannot encode the value: {source}"))
                .with_remedy("see what the type's `Serialize` asks for that the codec does not offer")
                .with_source(source),
        }
    }
}

/// A [`Sink`] has no room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Full;

fn too_large(bytes: Option<usize>, most: usize) -> Error {
    let message = match bytes {
        Some(bytes) => format!("the encoded value takes {bytes} bytes, and this store allows {most}"),
        None => format!("the encoded value takes more than the {most} bytes that this store allows"),
    };
    Error::new(ErrorKind::TooLarge, message).with_remedy("raise `StoreOptions::max_object`, or store it in parts")
}

fn undecodable(codec: &str, source: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::new(ErrorKind::Decode, format!("{codec} cannot decode the stored value: {source}"))
        .with_remedy("see whether the type's `Deserialize` reads what its `Serialize` writes")
        .with_source(source)
}

fn left_over(codec: &str, bytes: usize) -> Error {
    Error::new(ErrorKind::Decode, format!("{codec} left {bytes} bytes of the stored value unread"))
        .with_remedy("see whether the type's `Deserialize` reads what its `Serialize` writes")
}

#[cfg(all(test, not(any(feature = "bincode", feature = "postcard"))))]
mod without {
    use super::{ErrorKind, Format};

    #[test]
    fn a_build_without_a_codec_says_which_features_it_wants() {
        let error = Format::default_of_this_build().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        assert!(error.to_string().contains("feature `bincode` or the feature `postcard`"), "{error}");
    }
}
