//! The descriptions of types that a store keeps.

use crate::hash::sha256_prefix;

/// The longest description of a type that a store keeps, in bytes.
pub(crate) const LONGEST_DESCRIPTION: usize = 64 * 1024;

/// Returns the bytes of a description as text. Returns `None` if there are too many bytes, or if they do not have this
/// fingerprint or are no text.
pub(super) fn description_of(fingerprint: u64, bytes: Vec<u8>) -> Option<String> {
    let is_whole = bytes.len() <= LONGEST_DESCRIPTION && sha256_prefix(&bytes) == fingerprint;
    String::from_utf8(bytes).ok().filter(|_| is_whole)
}
