//! The hash from which fingerprints, rights and boot numbers are made, and the digest of a version's bytes.

use sha2::Digest as _;
use std::fmt;

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
        Self(sha2::Sha256::digest(bytes).into())
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

/// Returns the first 8 bytes of the SHA-256 of `bytes`, as a little-endian number.
pub(crate) fn sha256_prefix(bytes: &[u8]) -> u64 {
    let digest = sha2::Sha256::digest(bytes);
    let mut first = [0; 8];
    first.copy_from_slice(&digest[..8]);
    u64::from_le_bytes(first)
}

#[cfg(test)]
mod tests {
    /// The expected bytes are the first ones that `printf abc | sha256sum` prints.
    #[test]
    fn the_first_bytes_are_those_of_sha256() {
        assert_eq!(super::sha256_prefix(b"abc").to_le_bytes(), [0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea]);
        let digest = super::Digest::of(b"abc");
        let printed = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!((digest.to_string(), super::Digest::from(digest.to_bytes())), (printed.to_owned(), digest));
    }
}
