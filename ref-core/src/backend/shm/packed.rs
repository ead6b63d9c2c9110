//! The bytes of a version as the words of cells. Words that are as expected are left out: zeroes, of which a stored
//! value's header has many, and the mark at the beginning of every stored value.
//!
//! Up to 64 words of the version's bytes are a group. A group is a mask, with a bit for each of its words that is not
//! as expected, and then those words.

use crate::id::MAGIC;

/// The longest version, in bytes, that cells have.
pub(super) const MOST_BYTES: usize = 4096;
/// How many words the packed form of such a version has at most.
pub(super) const MOST_WORDS: usize = MOST_BYTES / WORD + MOST_BYTES / WORD / GROUP;

const WORD: usize = size_of::<u64>();
/// How many words a group has.
const GROUP: usize = 64;

/// Returns the expected value of a word, by its place in the version.
fn expected(nth: usize) -> u64 {
    if nth == 0 { u64::from_ne_bytes(MAGIC) } else { 0 }
}

/// Returns the packed form of a version's bytes. The last word is filled up with zeroes.
pub(super) fn pack(bytes: &[u8]) -> Vec<u64> {
    let mut packed = Vec::with_capacity(bytes.len() / WORD + bytes.len() / WORD / GROUP + 2);
    for (nth_group, group) in bytes.chunks(WORD * GROUP).enumerate() {
        let at = packed.len();
        packed.push(0);
        let mut mask = 0;
        let mut put = |nth: usize, word: [u8; WORD]| {
            let word = u64::from_ne_bytes(word);
            if word != expected(nth_group * GROUP + nth) {
                mask |= 1 << nth;
                packed.push(word);
            }
        };
        let (words, rest) = group.as_chunks::<WORD>();
        words.iter().enumerate().for_each(|(nth, word)| put(nth, *word));
        if !rest.is_empty() {
            let mut word = [0; WORD];
            word[..rest.len()].copy_from_slice(rest);
            put(words.len(), word);
        }
        packed[at] = mask;
    }
    packed
}

/// Returns the version of `length` bytes whose packed form is at the beginning of `packed`; `None` if `packed` is too
/// short, or if there are too many bytes.
pub(super) fn unpack(packed: &[u64], length: usize) -> Option<Vec<u8>> {
    if length > MOST_BYTES {
        return None;
    }
    let (words, mut packed) = (length.div_ceil(WORD), packed.iter());
    #[expect(clippy::slow_vector_initialization, reason = "glibc's `calloc` has no fast path for a few bytes")]
    let mut bytes = Vec::with_capacity(words * WORD);
    bytes.resize(words * WORD, 0);
    let words = bytes.as_chunks_mut::<WORD>().0;
    if let Some(first) = words.first_mut() {
        *first = expected(0).to_ne_bytes();
    }
    for group in words.chunks_mut(GROUP) {
        let mask = *packed.next()?;
        for (nth, word) in group.iter_mut().enumerate() {
            if mask & 1 << nth != 0 {
                *word = packed.next()?.to_ne_bytes();
            }
        }
    }
    bytes.truncate(length);
    Some(bytes)
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_expected_takes_no_words() {
        let header = [&MAGIC[..], &[0; 56]].concat();
        assert_eq!(pack(&header), [0]);
        assert_eq!(unpack(&[0], 64).unwrap(), header);
        assert_eq!(pack(&[0; 64 * 8 + 1]), [1, 0, 0]);
        assert_eq!(unpack(&[], 1), None);
        assert_eq!(unpack(&[u64::MAX; MOST_WORDS], MOST_BYTES + 1), None);
    }

    proptest! {
        #[test]
        fn every_version_comes_back(
            bytes in prop::collection::vec(prop_oneof![Just(0), any::<u8>()], 0..=MOST_BYTES),
            magic in any::<bool>(),
        ) {
            let bytes = if magic { [&MAGIC[..], &bytes[8.min(bytes.len())..]].concat() } else { bytes };
            let packed = pack(&bytes);
            prop_assert!(packed.len() <= MOST_WORDS);
            prop_assert_eq!(unpack(&packed, bytes.len()), Some(bytes.clone()));
            prop_assert!(bytes.is_empty() || unpack(&packed[..packed.len() - 1], bytes.len()).is_none());
        }
    }
}
