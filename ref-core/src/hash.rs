//! The hash from which fingerprints, rights, boot numbers and digests are made.

use sha2::Digest as _;

/// Returns the SHA-256 of `bytes`.
pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    sha2::Sha256::digest(bytes).into()
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
    }
}
