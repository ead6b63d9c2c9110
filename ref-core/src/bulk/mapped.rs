//! Elements in the mapped file of a version.

use super::arrays::Arrays;
use crate::sync::Arc;
use bytemuck::Pod;
use std::ops::Range;
use std::ptr::NonNull;

/// Elements in the mapped file of a version, which stays mapped as long as a `MappedItems` points into it.
pub(super) struct MappedItems<I> {
    items: NonNull<[I]>,
    place: Range<usize>,
    arrays: Arc<Arrays>,
}

impl<I: Pod> MappedItems<I> {
    /// Points to the elements whose bytes are at `place`. Returns `None` if the version is not mapped, or if the bytes
    /// are no elements: too many, too few, or at an address that the alignment of the elements excludes.
    pub(super) fn new(arrays: &Arc<Arrays>, place: Range<usize>) -> Option<Self> {
        let bytes = arrays.bytes(place.clone()).filter(|_| arrays.is_mapped())?;
        let items = NonNull::from(bytemuck::try_cast_slice::<u8, I>(bytes).ok()?);
        Some(Self { items, place, arrays: Arc::clone(arrays) })
    }
}

impl<I> MappedItems<I> {
    #[inline]
    pub(super) fn as_slice(&self) -> &[I] {
        // SAFETY: `items` was made of a `&[I]` into the bytes that `arrays` holds. `self` has a pointer to `arrays`, so
        // these bytes stay where they are for as long as the result, and nothing writes to them: they are a version's.
        unsafe { self.items.as_ref() }
    }

    pub(super) fn arrays(&self) -> (&Arc<Arrays>, Range<usize>) {
        (&self.arrays, self.place.clone())
    }
}

// SAFETY: a `MappedItems` gives out `&[I]` only, as a `&[I]` does, and an `Arc<Arrays>` is `Send` and `Sync`. A `&[I]` is
// `Send` if `I` is `Sync`.
unsafe impl<I: Sync> Send for MappedItems<I> {}

// SAFETY: as above. A `&[I]` is `Sync` if `I` is `Sync`.
unsafe impl<I: Sync> Sync for MappedItems<I> {}

impl<I> Clone for MappedItems<I> {
    fn clone(&self) -> Self {
        Self { items: self.items, place: self.place.clone(), arrays: Arc::clone(&self.arrays) }
    }
}
