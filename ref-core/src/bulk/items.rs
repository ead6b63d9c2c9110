//! The elements of a [`Bulk`](super::Bulk), as bytes.
//!
//! A `Bulk` of what is not plain data is refused where it is stored, and not where its type is written: a bound on the
//! type would be broken at every place that names the type of a field, and code that `#[global_store]` generates names
//! it four times. Without a bound, the type of the elements in memory has no name in the fields of a `Bulk`. So they are
//! bytes there.

use super::arrays::Arrays;
use super::block::{Block, HeapItems};
use crate::sync::Arc;
use bytemuck::Pod;
use std::any::Any;
use std::ops::Range;
use std::ptr::NonNull;

/// Elements of one type, which the callers know.
#[derive(Clone)]
pub(super) struct Items {
    /// The bytes of all elements. `holder` has them.
    bytes: NonNull<[u8]>,
    holder: ItemsHolder,
}

/// What keeps the bytes of elements where they are.
#[derive(Clone)]
enum ItemsHolder {
    Heap(Arc<dyn AnyItems + Send + Sync>),
    /// A version that was read, which stays where it is as long as this points to it.
    Version(Arc<Arrays>, Range<usize>),
    /// The elements will take so many bytes in a version. Such `Items` are only written.
    Room(usize),
}

/// [`HeapItems`] of any type.
trait AnyItems: AsRef<[u8]> + Any {}

impl<I: Pod> AnyItems for HeapItems<I> {}

impl Items {
    pub(super) fn of_vec<I: Pod + Send + Sync>(items: Vec<I>) -> Self {
        let heap = Arc::new(HeapItems(items));
        Self { bytes: NonNull::from(bytemuck::cast_slice::<I, u8>(&heap.0)), holder: ItemsHolder::Heap(heap) }
    }

    /// Points to the elements whose bytes are at `place`. Returns `None` if they are better copied, or if the bytes
    /// are no elements: too many, too few, or at an address that the alignment of the elements excludes.
    pub(super) fn in_version<I: Pod + Send + Sync>(arrays: &Arc<Arrays>, place: Range<usize>) -> Option<Self> {
        let bytes = arrays.bytes(place.clone()).filter(|_| arrays.are_pointed_to())?;
        bytemuck::try_cast_slice::<u8, I>(bytes).ok()?;
        Some(Self { bytes: NonNull::from(bytes), holder: ItemsHolder::Version(Arc::clone(arrays), place) })
    }

    pub(super) fn room(length: usize) -> Self {
        Self { bytes: NonNull::from(&[]), holder: ItemsHolder::Room(length) }
    }

    pub(super) fn is_mapped(&self) -> bool {
        matches!(&self.holder, ItemsHolder::Version(arrays, _) if arrays.is_mapped())
    }

    /// Returns the elements. There are none if `I` is not their type, and the bytes cannot be elements of `I`.
    #[inline]
    pub(super) fn as_slice<I: Pod>(&self) -> &[I] {
        // SAFETY: `bytes` was made of a slice of bytes that `holder` has. `self` has the `holder`, so these bytes stay
        // where they are for as long as the result. Nothing writes to them meanwhile: they are a version's, or those of
        // a `Vec` that only `make_mut` changes, which borrows the only `Items` that has this `Vec` exclusively.
        let bytes = unsafe { self.bytes.as_ref() };
        bytemuck::try_cast_slice(bytes).unwrap_or_default()
    }

    /// Returns the elements, to be changed. First copies them if they are a version's, or if other `Items` have them.
    pub(super) fn make_mut<I: Pod + Send + Sync>(&mut self) -> &mut [I] {
        let mut heap = std::mem::replace(self, Self::room(0)).into_heap::<I>();
        let mut items = NonNull::from(Arc::make_mut(&mut heap).0.as_mut_slice());
        let bytes = NonNull::slice_from_raw_parts(items.cast(), size_of::<I>() * items.len());
        *self = Self { bytes, holder: ItemsHolder::Heap(heap) };
        // SAFETY: `items` points to the elements of a `Vec`, which stay where they are as long as `self` has the `Vec`.
        // Only `self` has it, and `self` is borrowed exclusively for as long as the result. The pointer `bytes`, by
        // which `self` reads the elements later, is made of the same pointer as the result.
        unsafe { items.as_mut() }
    }

    /// Returns the elements as a `Vec`. Copies them if they are a version's, or if other `Items` have them.
    pub(super) fn into_vec<I: Pod + Send + Sync>(self) -> Vec<I> {
        Arc::unwrap_or_clone(self.into_heap::<I>()).0
    }

    fn into_heap<I: Pod + Send + Sync>(self) -> Arc<HeapItems<I>> {
        if let ItemsHolder::Heap(heap) = &self.holder {
            let any: Arc<dyn Any + Send + Sync> = Arc::<dyn AnyItems + Send + Sync>::clone(heap);
            if let Ok(heap) = any.downcast() {
                return heap;
            }
        }
        Arc::new(HeapItems(self.as_slice().to_vec()))
    }

    /// Returns the elements, to be written into a version.
    pub(super) fn block(&self) -> Block {
        match &self.holder {
            ItemsHolder::Heap(heap) => Block::Heap(Arc::<dyn AnyItems + Send + Sync>::clone(heap)),
            ItemsHolder::Version(arrays, place) => Block::Version(Arc::clone(arrays), place.clone()),
            ItemsHolder::Room(length) => Block::Room(*length),
        }
    }
}

// SAFETY: `Items` give out `&[I]`, and a `&mut [I]` for a `&mut Items`, as an `Arc` of the elements does. The elements
// are `Send` and `Sync`: `of_vec`, `in_version` and `make_mut` ask for both.
unsafe impl Send for Items {}

// SAFETY: as above.
unsafe impl Sync for Items {}
