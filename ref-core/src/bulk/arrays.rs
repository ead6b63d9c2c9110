//! The arrays of a stored version, and their checksums.

use crate::error::{Error, ErrorKind, Result};
use crate::sync::Arc;
use std::ops::Range;

/// Bytes that stay where they are, and do not change, as long as this pointer to them exists.
pub(crate) type HeldBytes = Arc<dyn AsRef<[u8]> + Send + Sync>;

/// Each array begins at a multiple of this in the bytes of a version.
pub(crate) const ALIGN: usize = 64;

/// How many bytes of arrays have one checksum.
pub(crate) const CHUNK: usize = 1 << 16;

/// A [`Bulk`](crate::Bulk) copies its elements out of arrays of at most so many bytes, unless they are mapped: the small
/// arrays of many values would keep the whole version of each.
const COPIED: usize = 1 << 14;

/// The size of a checksum in bytes.
const SUM: usize = size_of::<u32>();

/// Returns how many bytes the checksums of `arrays` bytes take.
pub(crate) fn sums_length(arrays: usize) -> usize {
    arrays.div_ceil(CHUNK) * SUM
}

/// The arrays of one stored version. They lie behind each other in an area of the version's bytes.
pub(crate) struct Arrays {
    version: HeldBytes,
    /// Whether the version is a mapped file of a store.
    is_mapped: bool,
    area: Range<usize>,
    /// The place of the checksums in the version's bytes: a CRC-32 for each [`CHUNK`] bytes of the area.
    sums: Range<usize>,
}

impl Arrays {
    /// Takes the arrays of a version. The caller has checked that `area` and `sums` lie in the version's bytes, and that
    /// there is a checksum for each chunk of the area.
    pub(crate) fn new(version: HeldBytes, is_mapped: bool, area: Range<usize>, sums: Range<usize>) -> Self {
        Self { version, is_mapped, area, sums }
    }

    pub(crate) fn is_mapped(&self) -> bool {
        self.is_mapped
    }

    /// Returns whether a [`Bulk`](crate::Bulk) points into the version, and does not copy its elements out of it.
    pub(crate) fn are_pointed_to(&self) -> bool {
        self.is_mapped || self.area.len() > COPIED
    }

    /// Returns the bytes at `place`, which counts from the start of the area; `None` if they are not all in the area.
    pub(crate) fn bytes(&self, place: Range<usize>) -> Option<&[u8]> {
        self.area().get(place)
    }

    /// Compares the bytes at `place` with their checksums. This reads whole chunks.
    pub(crate) fn check(&self, place: Range<usize>) -> Result<()> {
        let chunks = place.start / CHUNK..place.end.div_ceil(CHUNK);
        let sums = (*self.version).as_ref().get(self.sums.clone()).unwrap_or_default().as_chunks::<SUM>().0;
        let is_whole = |nth: usize| {
            let bytes = self.area().get(nth * CHUNK..self.area.len().min((nth + 1) * CHUNK));
            bytes.zip(sums.get(nth)).is_some_and(|(bytes, sum)| crc32fast::hash(bytes) == u32::from_le_bytes(*sum))
        };
        if chunks.into_iter().all(is_whole) { Ok(()) } else { Err(damaged()) }
    }

    /// Compares all arrays with their checksums.
    pub(crate) fn check_all(&self) -> Result<()> {
        self.check(0..self.area.len())
    }

    fn area(&self) -> &[u8] {
        (*self.version).as_ref().get(self.area.clone()).unwrap_or_default()
    }
}

#[cold]
fn damaged() -> Error {
    Error::new(ErrorKind::Corrupt, "the stored bytes are not what was written: the checksum of an array does not fit")
        .with_remedy("something else wrote into the store, or its memory is damaged: put the value anew")
}

/// Computes the checksums of bytes that come in pieces.
#[derive(Default)]
pub(crate) struct Summing {
    chunk: crc32fast::Hasher,
    /// How many bytes of the chunk came.
    come: usize,
    sums: Vec<u8>,
}

impl Summing {
    pub(crate) fn push(&mut self, mut bytes: &[u8]) {
        while let Some((now, later)) = bytes.split_at_checked(bytes.len().min(CHUNK - self.come)) {
            self.chunk.update(now);
            self.come += now.len();
            if self.come == CHUNK {
                self.end_chunk();
            }
            if later.is_empty() {
                return;
            }
            bytes = later;
        }
    }

    /// Returns the checksums of all chunks.
    pub(crate) fn finish(mut self) -> Vec<u8> {
        if self.come > 0 {
            self.end_chunk();
        }
        self.sums
    }

    fn end_chunk(&mut self) {
        self.sums.extend(std::mem::take(&mut self.chunk).finalize().to_le_bytes());
        self.come = 0;
    }
}
