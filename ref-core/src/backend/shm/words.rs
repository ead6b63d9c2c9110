//! The words of a mapped ledger: the one place that makes references into it.
//!
//! # Invariants
//! 1. The mapping is as long as [`Layout::length`], or has the header alone and is asked for its words only. It lives as
//!    long as the [`Words`].
//! 2. The bytes of the mapping are only ever reached as `AtomicU64` or `AtomicU32`, aligned to their size.
//! 3. No `&mut` and no non-atomic `&` into the mapping is ever made.
//! 4. Offsets come from [`Map`](super::map::Map), which has checked that they are in a part of the layout; parts start
//!    at multiples of 8.

use super::layout::{Layout, PAGE};
use crate::error::{Error, ErrorKind, Result};
use crate::sync::plain;
use crate::sync::stepped::{AtomicU32, AtomicU64};
use memmap2::{MmapOptions, MmapRaw};
use std::fs::File;

/// A mapped ledger, as words.
pub(super) struct Words(MmapRaw);

impl Words {
    pub(super) fn map(file: &File, layout: Layout) -> Result<Self> {
        let length = usize::try_from(layout.length()).map_err(|_| {
            Error::new(ErrorKind::NoAddressSpace, "the store's ledger is larger than this process's address space")
        })?;
        Self::map_bytes(file, length)
    }

    /// Maps the header alone.
    pub(super) fn map_header(file: &File) -> Result<Self> {
        Self::map_bytes(file, PAGE as usize)
    }

    fn map_bytes(file: &File, length: usize) -> Result<Self> {
        let map = MmapOptions::new().len(length).map_raw(file);
        map.map(Self).map_err(|error| Error::io("cannot map the store's ledger", error))
    }

    /// Returns the word at `offset`, which must be a multiple of 8.
    #[inline]
    pub(super) fn word(&self, offset: u64) -> &AtomicU64 {
        debug_assert!(offset.is_multiple_of(8) && offset + 8 <= self.0.len() as u64);
        // SAFETY: by invariants 1 and 4 the offset is inside the mapping, which outlives `&self`. The word is aligned,
        // since the mapping is page-aligned and the offset is a multiple of 8. Invariants 2 and 3 hold for every
        // access.
        unsafe { AtomicU64::from_ptr(self.0.as_mut_ptr().add(offset as usize).cast()) }
    }

    /// Does what `word` does, for a word that only error messages read. The type is an ordinary atomic in every build.
    /// Only in `loom/words.rs`, which takes this file's place under loom, does it differ from the type that `word`
    /// returns.
    #[inline]
    pub(super) fn message_word(&self, offset: u64) -> &plain::AtomicU64 {
        self.word(offset)
    }

    /// Returns the half word at `offset`, which must be a multiple of 4.
    #[inline]
    pub(super) fn half_word(&self, offset: u64) -> &AtomicU32 {
        debug_assert!(offset.is_multiple_of(4) && offset + 4 <= self.0.len() as u64);
        // SAFETY: as in `word`, but the offset and the alignment are multiples of 4.
        unsafe { AtomicU32::from_ptr(self.0.as_mut_ptr().add(offset as usize).cast()) }
    }
}
