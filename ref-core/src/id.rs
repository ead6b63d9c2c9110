//! Names: of stores, of objects in them, of versions and of rights.

use crate::hash::sha256_prefix;
use std::fmt;

/// Which store: random, drawn when the store is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct StoreId(pub(crate) u64);

/// Which object of a store: the place of its record and the epoch at which the record was given to it.
///
/// Never reused within one store: a record that serves another object has another birth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ObjectId {
    pub(crate) index: u32,
    pub(crate) birth: u64,
}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}.{}", self.index, self.birth)
    }
}

/// A value of an object's one rising counter: of loans, of tokens and of versions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Epoch(pub(crate) u64);

/// A number that rises with every exclusive lease of an object and names the version that it commits.
///
/// Hand it to other resources that the lease protects, so that they can refuse a late, smaller one
/// (Kleppmann's *fencing token*; Chubby's *sequencer*).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FencingToken(pub(crate) Epoch);

impl FencingToken {
    /// The number itself.
    #[must_use]
    pub fn get(self) -> u64 {
        self.0.0
    }
}

/// The secret of a ticket: 128 random bits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Nonce(pub(crate) [u8; 16]);

/// What the ledger keeps of a secret: the [prefix of its SHA-256](sha256_prefix).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Right(pub(crate) u64);

impl Nonce {
    /// What the ledger may know of this secret.
    pub(crate) fn right(&self) -> Right {
        Right(sha256_prefix(&self.0))
    }
}
