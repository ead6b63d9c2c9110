//! The encoded value of a version, for tools that do not have the value's type.

use super::envelope::{Envelope, NO_CODEC, VersionBytes, verify};
use crate::error::Result;

/// The value of an object as a codec has written it, and what a reader without the type needs to understand it.
/// [`Inspector::encoded_value`](crate::inspect::Inspector::encoded_value) returns it.
///
/// The body is what the codec has written, for the fields of the type in their order. Numbers in a list, and the elements
/// of an array, are their little-endian bytes in one piece. `docs/layout.md` has all of it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct EncodedValue {
    /// The name of the value's type.
    pub type_name: String,
    /// The fingerprint of the type's description: [`Schema::fingerprint`](crate::Schema::fingerprint).
    pub fingerprint: u64,
    /// The description of the type, as [`Schema`](crate::Schema) writes it; `None` if the store does not have it.
    pub description: Option<String>,
    /// The number of the codec: [`Codec::ID`](crate::codec::Codec::ID). `None` if the object is promised, and has no
    /// value yet.
    pub codec: Option<u8>,
    /// What the codec has written.
    pub body: Vec<u8>,
    /// The arrays beside the body, each at a multiple of 64: the elements of each [`Bulk`](crate::Bulk). The body says
    /// where each array begins, and how many bytes it has.
    pub arrays: Vec<u8>,
}

/// Takes a version apart, without its description.
///
/// # Errors
/// `Corrupt` if the bytes are not what was written; `CodecMismatch` if another build has written them in another layout.
pub(crate) fn taken_apart(version: &VersionBytes) -> Result<EncodedValue> {
    verify(version)?;
    let bytes = version.bytes();
    let Envelope { codec, fingerprint, name, body, parts } = Envelope::parse(bytes)?;
    Ok(EncodedValue {
        type_name: name.to_owned(),
        fingerprint,
        description: None,
        codec: (codec != NO_CODEC).then_some(codec),
        body: body.to_vec(),
        arrays: bytes.get(parts.arrays).unwrap_or_default().to_vec(),
    })
}
