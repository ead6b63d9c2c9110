//! The bytes of a [`Bulk`](super::Bulk), without the type of the elements.

use super::arrays::{Arrays, HeldBytes};
use crate::error::Result;
use crate::sync::Arc;
use bytemuck::Pod;
use std::ops::Range;

/// The bytes of one array that is written into a version.
pub(crate) enum Block {
    /// In the memory of this process.
    Heap(HeldBytes),
    /// In a version that this process has read.
    Version(Arc<Arrays>, Range<usize>),
    /// Room for so many bytes in the version. They are written later, where they stay.
    Room(usize),
}

impl Block {
    /// Takes bytes that were made for the version.
    pub(crate) fn of_bytes(bytes: Vec<u8>) -> Self {
        Self::Heap(Arc::new(HeapItems(bytes)))
    }

    /// Returns how many bytes the array has in the version.
    pub(crate) fn length(&self) -> usize {
        match self {
            Self::Room(length) => *length,
            Self::Heap(_) | Self::Version(..) => self.bytes().len(),
        }
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        match self {
            Self::Room(_) => &[],
            Self::Heap(held) => (**held).as_ref(),
            Self::Version(arrays, place) => arrays.bytes(place.clone()).unwrap_or_default(),
        }
    }

    /// Compares bytes that were mapped with their checksums: nothing has done so when they were mapped.
    ///
    /// # Errors
    /// `Corrupt` if they are not what was written.
    pub(crate) fn check(&self) -> Result<()> {
        match self {
            Self::Version(arrays, place) if arrays.is_mapped() => arrays.check(place.clone()),
            Self::Heap(_) | Self::Version(..) | Self::Room(_) => Ok(()),
        }
    }
}

/// Elements in the memory of this process.
#[derive(Clone, Debug)]
pub(super) struct HeapItems<I>(pub(super) Vec<I>);

impl<I: Pod> AsRef<[u8]> for HeapItems<I> {
    fn as_ref(&self) -> &[u8] {
        bytemuck::cast_slice(&self.0)
    }
}
