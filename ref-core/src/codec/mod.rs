//! Codecs: how a value becomes bytes and is read back.
//!
//! A codec is a format of serde. [`Stored`](crate::Stored) writes a value to it. The type's own serde traits write only
//! [opaque](crate::Opaque) values. A checked header before the value's bytes names the codec, the type and the type's
//! definition. Each type chooses its codec: the build's default (bincode, or postcard in a build without bincode), or
//! the codec that `#[global_store(codec = ...)]` names. The type of the whole value chooses, and not the types of its
//! fields. A value is read by the codec that its header names, if this process has that codec: the type's own, or one
//! of this crate. Otherwise the error is `CodecMismatch`.
//!
//! # A codec of your own
//! ```
//! use ref_core::codec::{Codec, Failure, Limits, Sink};
//! use ref_core::{Store, global_store};
//! use serde::{Serialize, de::DeserializeOwned};
//! use std::io::Write;
//!
//! /// JSON, to read with other tools.
//! struct Json;
//!
//! impl Codec for Json {
//!     const ID: u8 = 200;
//!     const NAME: &'static str = "json";
//!
//!     fn encode<T: Serialize>(value: &T, sink: &mut Sink) -> Result<(), Failure> {
//!         Ok(serde_json::to_writer(sink, value)?)
//!     }
//!
//!     fn decode<T: DeserializeOwned>(bytes: &[u8], _: Limits) -> Result<T, Failure> {
//!         Ok(serde_json::from_slice(bytes)?)
//!     }
//! }
//!
//! #[global_store(codec = Json)]
//! struct Settings {
//!     depth: u32,
//!     names: Vec<String>,
//! }
//!
//! # fn main() -> ref_core::Result<()> {
//! let store = Store::open("memory:")?;
//! let settings = store.put(Settings { depth: 3, names: vec!["a".into()] })?;
//! let loan = settings.lend()?;
//! let lease = store.redeem(loan.ticket()?)?; // in this process or another
//! assert_eq!(lease.borrow()?.names, ["a"]);
//! # Ok(())
//! # }
//! ```
//!
//! # Bounds, for every codec
//! Bytes in a store may be hostile, so reading has bounds. A value that could not be read back is better refused when
//! it is put, so writing has the same bounds:
//!
//! | bound on | is | otherwise |
//! |---|---|---|
//! | bytes of the encoded value | `StoreOptions::max_object_bytes`, at most 1 GiB | `TooLarge` |
//! | the same, with the arrays of each [`Bulk`](crate::Bulk) | `max_object_bytes`, at most 1 TiB on 64-bit hosts | `TooLarge` |
//! | levels of nesting | 128; each option, sequence, map and enum is one | `Encode`, `Decode` |
//! | elements of sequences and maps | [`ELEMENTS_PER_BYTE`](Codec::ELEMENTS_PER_BYTE) for each byte, and 65,536 | `Encode` or `TooLarge`, `Decode` |
//!
//! How much of the stack a level takes depends on the type and the build. In debug builds, which take most, 128 levels
//! of nodes of a few words were measured to fit into 512 KiB, and 128 levels of nodes of 1 KiB into the usual 2 MiB of
//! a thread. Larger nodes need a larger stack, or their parts in a `Box` or a `Vec`, which makes them small. Opaque
//! values take more: 128 levels of nodes of 256 bytes were measured to fit into 2 MiB.
//!
//! # Opaque values
//! bincode and postcard are positional: they write neither the names of fields nor where a value ends. So an
//! [opaque](crate::Opaque) value is written as `MessagePack` with names, and the codec gets these bytes as one piece. A
//! human-readable codec gets the value itself. So `skip_serializing_if`, `flatten`, `untagged` and `tag` work.
//!
//! Each opaque value is read back when it is written, and a value that does not come out the same is refused with
//! `Encode`: one that its `Deserialize` cannot read or reads as another value, one with another number of parts than it
//! says, a map in which keys and values do not alternate, and a `Some(None)` or `Some(())`, which these formats write
//! as `None`. A value that a human-readable codec has written is read back too, but nothing checks that the result is
//! the same value.
//!
//! # Contract
//! 1. What `encode` wrote, `decode` reads back, in every process that has the codec, whatever its features.
//! 2. `decode` returns a value or an error for any bytes. It does not panic, and no length field in the bytes makes it
//!    ask for memory without bound. Text and bytes are asked for by `deserialize_str` and `deserialize_bytes`, and a
//!    codec can lend them from the bytes.
//! 3. Bytes that are left over are an error.

pub(crate) mod beside;
#[cfg(feature = "bincode")]
mod bincode;
mod built_in;
#[cfg(any(all(test, not(loom)), all(feature = "remote", target_os = "linux")))]
mod by_serde;
#[cfg(any(test, all(feature = "remote", target_os = "linux")))]
pub(crate) mod coded;
pub(crate) mod encoded;
pub(crate) mod envelope;
mod errors;
pub(crate) mod guard;
mod guarded;
mod of;
pub(crate) mod opaque;
#[cfg(all(feature = "remote", target_os = "linux"))]
pub(crate) mod plain;
#[cfg(feature = "postcard")]
mod postcard;
#[cfg(all(feature = "remote", target_os = "linux"))]
pub(crate) mod returned;
mod sink;
mod spare;
#[cfg(all(test, not(loom), any(feature = "bincode", feature = "postcard")))]
mod tests;
#[cfg(all(test, not(any(feature = "bincode", feature = "postcard"))))]
mod without;

#[cfg(feature = "bincode")]
pub use bincode::Bincode;
pub(crate) use guarded::{Decode, Encode, Encoding, Format, Outcome};
pub use of::CodecOf;
pub(crate) use of::{decode, is_numbered, reader_of};
#[cfg(feature = "postcard")]
pub use postcard::Postcard;
pub use sink::Sink;

use serde::Serialize;
use serde::de::{DeserializeOwned, DeserializeSeed};

/// The most bytes that the body of one value may take, whatever the store's `max_object_bytes` says.
pub(crate) const MOST: usize = 1 << 30;
/// The most bytes that the body of one value and the arrays beside it may take: the largest `max_object_bytes`.
pub(crate) const MOST_WITH_ARRAYS: usize = if usize::BITS < 64 { MOST } else { 1 << 40 };

/// Why a codec could not write or read a value. `?` turns any error into one.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// A serde format for stored values. [The module](self) has an example, and the contract of every codec.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a codec",
    label = "write `ref_core::codec::Bincode` or `ref_core::codec::Postcard` (features `bincode` and `postcard`), or \
             implement `ref_core::codec::Codec` for a type of your own"
)]
pub trait Codec: 'static {
    /// The number that names this codec in the header of a stored value. It is at least 128; a smaller one does not
    /// compile. No other codec of any program that shares the store may have it.
    const ID: u8;

    /// The codec's name in errors.
    const NAME: &'static str;

    /// How many elements of sequences and maps one byte may stand for. It is more than one in a format that compresses.
    const ELEMENTS_PER_BYTE: usize = 1;

    #[doc(hidden)]
    const ORIGIN: Origin = Origin { is_ours: false };

    /// Writes `value` to `sink`.
    ///
    /// # Errors
    /// If the value cannot be written in this format, or `sink` is full.
    fn encode<T: Serialize>(value: &T, sink: &mut Sink) -> Result<(), Failure>;

    /// Reads a value from all of `bytes`, which may be any bytes.
    ///
    /// # Errors
    /// If `bytes` are not a value of this type in this format, or if bytes are left over after the value.
    fn decode<T: DeserializeOwned>(bytes: &[u8], limits: Limits) -> Result<T, Failure>;

    /// Does what [`decode`](Codec::decode) does, for a seed that keeps the value. Codecs of this crate only.
    #[doc(hidden)]
    fn decode_seed<'de, S: DeserializeSeed<'de, Value = ()>>(_seed: S, _bytes: &'de [u8]) -> Result<(), Failure> {
        Err("this codec reads no seeds".into())
    }
}

/// Whether a codec is one of this crate. Other crates can use only the default value.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct Origin {
    is_ours: bool,
}

const OURS: Origin = Origin { is_ours: true };

/// The bounds that a codec has to keep when it reads.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    max_object_bytes: usize,
}

impl Limits {
    /// Returns how many bytes an encoded value may take in this session. A codec is never given more bytes. A codec
    /// that expands the bytes before it reads them should not expand them to more than this.
    #[must_use]
    pub fn max_object_bytes(&self) -> usize {
        self.max_object_bytes
    }
}
