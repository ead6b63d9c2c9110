//! Names of stores, objects and versions, and the secrets of tickets.

use crate::hash::sha256_prefix;
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
