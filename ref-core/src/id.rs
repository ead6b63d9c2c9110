//! Names of stores, objects, versions and bytes, and the secrets of tickets.

use crate::hash::{sha256, sha256_prefix};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;

/// The first bytes of every stored value. A program that treats the bytes as text changes them.
pub(crate) const MAGIC: [u8; 8] = *b"\x89ref\r\n\x1a\n";

/// Names a store: a random number, drawn when the store is made or when a copy becomes another store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct StoreId(pub(crate) u64);

/// Names an object of a store: the index of its record, and the epoch at which the object got that record. (In
/// `memory:`, both numbers count the objects; on a Redis server, both are random.)
///
/// No id is used twice within one store: when a record is given to another object, the new id has another birth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ObjectId {
    pub(crate) index: u32,
    pub(crate) birth: u64,
}

impl ObjectId {
    /// Returns the id with this text: two numbers with a point between them, with or without the `#` of `Display`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (index, birth) = text.strip_prefix('#').unwrap_or(text).split_once('.')?;
        let are_digits = [index, birth].iter().all(|number| number.bytes().all(|byte| byte.is_ascii_digit()));
        Some(Self { index: index.parse().ok()?, birth: birth.parse().ok()? }).filter(|_| are_digits)
    }
}

/// Writes the id as text, as `Display` does.
impl Serialize for ObjectId {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ObjectId {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        Self::parse(&text).ok_or_else(|| de::Error::invalid_value(de::Unexpected::Str(&text), &"an id such as `#3.17`"))
    }
}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}.{}", self.index, self.birth)
    }
}

/// A value of an object's one rising counter. The value names a loan, a fencing token or a version.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Epoch(pub(crate) u64);

/// A number that rises with every exclusive lease of an object. The number is also the name of the version that the
/// lease commits.
///
/// Pass the token to other resources that the lease protects. A resource that has seen a larger token can then refuse
/// the request of a late writer. (The word is Kleppmann's; Chubby says *sequencer*.)
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FencingToken(pub(crate) Epoch);

impl FencingToken {
    /// Returns the token as a number.
    #[must_use]
    pub fn get(self) -> u64 {
        self.0.0
    }
}

/// The secret of a ticket: 128 random bits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Nonce(pub(crate) [u8; 16]);

/// The hash of a secret, which the ledger keeps in place of the secret: the [prefix of its SHA-256](sha256_prefix).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Right(pub(crate) u64);

impl Nonce {
    /// Returns the hash of this secret, for the ledger. The secret cannot be computed from the hash.
    pub(crate) fn right(&self) -> Right {
        Right(sha256_prefix(&self.0))
    }
}

/// The SHA-256 of a version's bytes, as the store has them: the type's name and fingerprint, the number of the codec,
/// the encoded value and its arrays. [`Store::digest`](crate::Store::digest), [`Owned::digest`](crate::Owned::digest),
/// [`Lease::digest`](crate::Lease::digest), [`Named::digest`](crate::Named::digest) and
/// [`Snapshot::digest`](crate::Snapshot::digest) return it. They read bytes, and decode and copy no value.
///
/// Equal digests mean equal bytes: the values have the same type, in the same definition, and each reads as the other.
/// That holds for any two objects, versions, stores and backends. Unequal digests mean unequal bytes, and not more: equal
/// values may be written as unequal bytes. A `HashMap` has another order in each process, the other codec writes other
/// bytes, and so does another definition of the type.
///
/// `Display` writes 64 hexadecimal digits, as `sha256sum` does. In a store, or in a call, a digest travels as the array
/// of its [bytes](Self::to_bytes).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Digest([u8; 32]);

impl Digest {
    /// Returns the digest of `bytes`.
    pub(crate) fn of(bytes: &[u8]) -> Self {
        Self(sha256(bytes))
    }

    /// Returns the 32 bytes of the digest.
    #[must_use]
    pub fn to_bytes(self) -> [u8; 32] {
        self.0
    }
}

/// Makes the digest with the bytes that [`Digest::to_bytes`] returned.
impl From<[u8; 32]> for Digest {
    fn from(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The expected text is what `printf abc | sha256sum` prints.
    #[test]
    fn a_digest_is_printed_as_sha256sum_does() {
        let digest = Digest::of(b"abc");
        let printed = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!((digest.to_string(), Digest::from(digest.to_bytes())), (printed.to_owned(), digest));
    }
}
