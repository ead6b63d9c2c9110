//! How a value becomes bytes and comes back.
//!
//! A codec writes the serde part of a value; a checked header before it names the codec, the type and its definition.
//! Which codec is the type's choice: the build's default (bincode, or postcard in a build that has only that) or
//! what `#[global_store(codec = ...)]` names. A value is read by the codec that its header names, if this process has
//! that: the type's own, or one of this crate's. The choice of the type that is put counts, not that of its fields.
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
//!     const SELF_DESCRIBING: bool = true;
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
//! # What is bounded, whatever the codec
//! Bytes in a store may be hostile, and a value that is refused is better refused when it is put. So both ways
//!
//! | bound | is | else |
//! |---|---|---|
//! | bytes of the encoded value | `StoreOptions::max_object`, at most 1 GiB | `TooLarge` |
//! | levels of nesting | 128, each option, sequence, map and enum being one | `Encode`, `Decode` |
//! | elements of sequences and maps | [`ELEMENTS_PER_BYTE`](Codec::ELEMENTS_PER_BYTE) for each byte, and 65,536 | `Encode`, `Decode` |
//!
//! What a level takes of the stack is a matter of the type and the build. Measured in debug builds, which take most: 128
//! levels of nodes of a few words fit into 512 KiB, of nodes of 1 KiB into a thread's usual 2 MiB. Larger nodes need a
//! larger stack; or keep their parts in a `Box` or a `Vec`, and they are small.
//!
//! # What is refused when it is written
//! bincode and postcard are positional: they write neither names nor an end. There a value is `Encode`, and nothing is
//! written, if it leaves out a field (`skip_serializing_if`), has another number of parts than it says, or a map in which
//! keys and values do not take turns: its bytes would be read as another value. A map or a sequence that does not say
//! how long it is (`flatten`) is `Encode` where the codec refuses it, as these two do. A codec of your own is taken for
//! positional, unless it says [`SELF_DESCRIBING`](Codec::SELF_DESCRIBING).
//!
//! # Contract
//! 1. What `encode` wrote, `decode` reads back, in every process that has the codec, whatever its features.
//! 2. `decode` answers arbitrary bytes with a value or an error: no panic, and no length field in them makes it
//!    ask for memory without bound (bincode: for up to 64 KiB of bytes 1 MiB, up to 8 MiB 128 MiB, then 16 GiB).
//! 3. Bytes left over are an error.

#[cfg(feature = "bincode")]
mod bincode;
mod built_in;
pub(crate) mod envelope;
mod errors;
mod guard;
mod guarded;
mod of;
#[cfg(all(feature = "remote", target_os = "linux"))]
pub(crate) mod plain;
#[cfg(feature = "postcard")]
mod postcard;
mod sink;
#[cfg(all(test, any(feature = "bincode", feature = "postcard")))]
mod tests;
#[cfg(all(test, not(any(feature = "bincode", feature = "postcard"))))]
mod without;

#[cfg(feature = "bincode")]
pub use bincode::Bincode;
pub use of::CodecOf;
pub(crate) use of::is_numbered;
#[cfg(feature = "postcard")]
pub use postcard::Postcard;
pub use sink::Sink;

use serde::Serialize;
use serde::de::DeserializeOwned;

/// The most that the serde part of one value may take, whatever the store's `max_object` says.
pub(crate) const MOST: usize = 1 << 30;

/// Why a codec could not write or read a value: anything that `?` makes of an error.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// A serde format. See [the module](self) for an example, and for what every codec owes.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a codec",
    label = "this type does not implement `Codec`",
    note = "there are `ref_core::codec::Bincode` and `ref_core::codec::Postcard` (by the features of these names), and \
            those that you implement `ref_core::codec::Codec` for"
)]
pub trait Codec: 'static {
    /// The number that names this codec in the header of a stored value: from 128 on, and one codec's alone among
    /// all programs that share a store. Another is refused when the program is compiled.
    const ID: u8;

    /// The name in errors.
    const NAME: &'static str;

    /// How many elements of sequences and maps one byte may stand for: more than one where bytes are compressed.
    const ELEMENTS_PER_BYTE: usize = 1;

    /// Whether the format writes the names of fields, and where a sequence ends, as JSON does. Where it does not, a
    /// value that leaves a field out (serde's `skip_serializing_if`), or has another number of elements than it said,
    /// would be read as another one: it is refused when it is written.
    const SELF_DESCRIBING: bool = false;

    #[doc(hidden)]
    const ORIGIN: Origin = Origin { is_ours: false };

    /// Writes `value` to `sink`.
    ///
    /// # Errors
    /// The value cannot be written in this format, or `sink` is full.
    fn encode<T: Serialize>(value: &T, sink: &mut Sink) -> Result<(), Failure>;

    /// Reads a value from all of `bytes`, which may be anything.
    ///
    /// # Errors
    /// `bytes` are not a value of this type in this format, or not only that.
    fn decode<T: DeserializeOwned>(bytes: &[u8], limits: Limits) -> Result<T, Failure>;
}

/// Whose codec it is. Only this crate can make another than the default.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct Origin {
    is_ours: bool,
}

const OURS: Origin = Origin { is_ours: true };

/// What a codec has to keep to when it reads.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    max_object: usize,
}

impl Limits {
    /// How many bytes an encoded value may take in this session. Those given to a codec are not more; a codec that
    /// expands them first has this to stop at.
    #[must_use]
    pub fn max_object(&self) -> usize {
        self.max_object
    }
}
