//! `Bulk`: an array that need not be copied out of a store.

use super::arrays::{ALIGN, Arrays};
use super::block::Block;
use super::element::BulkElement;
use super::items::Items;
use super::slice::AS_STORED;
use crate::error::Result;
use crate::sync::Arc;
use bytemuck::Pod;
use std::fmt;
use std::marker::PhantomData;
use std::ops::{Deref, Range};

/// An array of plain data, as a field or as a whole value. A borrower on the same host reads the array where the store
/// has it.
///
/// A `Bulk<T>` is used as a `&[T]`, and a `Bulk<str>` as a `&str`. What `T` may be is said at [`BulkElement`]. At `shm:`
/// and `file:`, a `Bulk` in a value that was read points into the file of the value's version, which is mapped and not
/// copied. So any number of processes have the array in memory once. Elsewhere a process reads the bytes of a version into
/// its memory, and a `Bulk` points into these if the version has arrays of more than 16 KiB. Otherwise a `Bulk` has its
/// elements in its own memory.
///
/// The elements never change and stay readable as long as the `Bulk` or a clone exists, also after the lease is given
/// back or revoked, after the object is removed, and after the store is closed. A forked child reads them too. The
/// memory of a version is kept as long as one `Bulk` into it exists.
///
/// [`clone`](Clone::clone) copies no elements. [`to_mut`](Self::to_mut) copies them if they are a version's, or if another
/// clone has them.
///
/// ```
/// use ref_core::{Bulk, Store, global_store};
///
/// #[global_store]
/// struct Column {
///     name: String,
///     cells: Bulk<f64>,
/// }
///
/// # fn main() -> ref_core::Result<()> {
/// let store = Store::open("memory:")?;
/// let cells = (0..1000).map(f64::from).collect();
/// let mut column = store.put(Column { name: "x".into(), cells })?;
///
/// let loan = column.lend()?;
/// let lease = store.redeem(loan.ticket()?)?; // in another process
/// let cells = lease.borrow()?.cells.clone(); // no element is copied
/// lease.release()?;
/// let _ = loan.end()?;
/// assert_eq!(cells.iter().sum::<f64>(), 499_500.0);
///
/// column.borrow_mut()?.cells.to_mut()?[0] = 1.0;
/// assert_eq!(cells[0], 0.0); // another version
/// # Ok(())
/// # }
/// ```
///
/// A version has a checksum for each 64 KiB of its arrays. The checksums are compared when an array is copied out of
/// the store, and not when the array is mapped: to compare them is to read all of it. [`verify`](Self::verify) compares
/// them at any time.
///
/// Elements have a size:
///
/// ```compile_fail,E0080
/// let nothing = ref_core::Bulk::from_vec(vec![[0_u8; 0]; 3]);
/// ```
///
/// ```
/// let something = ref_core::Bulk::from_vec(vec![[0_u8; 1]; 3]);
/// ```
///
/// # What is in a store
/// The bytes of the elements as they lie in the memory of a little-endian host with 64-bit pointers. A host of another
/// kind converts numbers and arrays of numbers, which copies them, and refuses other elements. By serde's traits, and
/// in a human-readable format such as JSON, a `Bulk` is a sequence of its elements, and a `Bulk<str>` is text.
///
/// A [field that is skipped, opaque or written by functions](crate::global_store) would be in these bytes all the same.
/// So elements with such a field are refused when they are written, with `Encode`. Elements are not converted from an
/// earlier definition of their type.
///
/// Rule: [R41](crate::guide::rules#r41).
pub struct Bulk<T: ?Sized> {
    /// Elements of the type `T::Item`.
    items: Items,
    elements: PhantomData<Arc<T>>,
}

impl<T: BulkElement + ?Sized> Bulk<T> {
    const HAS_SIZE: () = assert!(size_of::<T::Item>() > 0, "the elements of a `Bulk` have a size: this type has none");

    fn of(items: Items) -> Self {
        Self { items, elements: PhantomData }
    }

    /// Makes a `Bulk` of elements. The caller has checked that the bytes of a `str` are UTF-8.
    pub(super) fn of_items(items: Vec<T::Item>) -> Self {
        let () = Self::HAS_SIZE;
        Self::of(Items::of_vec(items))
    }

    /// Makes a `Bulk` that points to the elements at `place` of a version, as [`Items::in_version`] does. The
    /// caller has checked that the bytes of a `str` are UTF-8.
    pub(super) fn items_in_version(arrays: &Arc<Arrays>, place: Range<usize>) -> Option<Self> {
        let () = Self::HAS_SIZE;
        Items::in_version::<T::Item>(arrays, place).map(Self::of)
    }

    #[inline]
    pub(super) fn items(&self) -> &[T::Item] {
        self.items.as_slice()
    }

    /// Returns the elements, to be written into a version.
    pub(crate) fn block(&self) -> Block {
        self.items.block()
    }

    /// Returns whether the array is in a mapped file, of a version or of a remote call's result, and not in this process's
    /// own memory.
    ///
    /// ```
    /// assert!(!ref_core::Bulk::from_vec(vec![1_u64]).is_mapped());
    /// ```
    #[must_use]
    pub fn is_mapped(&self) -> bool {
        self.items.is_mapped()
    }

    /// Compares a mapped array with the checksums that were written with it. Reads the 64 KiB around its first and its
    /// last element too, which may be of other arrays. An array that is not mapped was compared when it was read.
    ///
    /// # Errors
    /// `Corrupt` if something else has changed the bytes.
    ///
    /// ```
    /// # fn main() -> ref_core::Result<()> {
    /// # let store = ref_core::Store::open("memory:")?;
    /// # let owned = store.put(ref_core::Bulk::from_vec(vec![1_u64]))?;
    /// owned.borrow()?.verify()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn verify(&self) -> Result<()> {
        self.block().check()
    }
}

impl<T: Pod + Send + Sync> Bulk<T> {
    /// Makes a `Bulk` of the elements of `items`, without copying them.
    #[must_use]
    pub fn from_vec(items: Vec<T>) -> Self {
        Self::of_items(items)
    }

    /// Returns the elements, to be changed. First copies them if they are a version's, or if another clone of this
    /// `Bulk` has them.
    ///
    /// # Errors
    /// `Corrupt` if the array is mapped, and something else has changed the bytes of the store.
    ///
    /// ```
    /// # fn main() -> ref_core::Result<()> {
    /// use ref_core::Bulk;
    ///
    /// let mut left: Bulk<i32> = (0..4).collect();
    /// let right = left.clone();
    /// left.to_mut()?.reverse();
    /// assert_eq!((&left[..], &right[..]), (&[3, 2, 1, 0][..], &[0, 1, 2, 3][..]));
    /// # Ok(())
    /// # }
    /// ```
    pub fn to_mut(&mut self) -> Result<&mut [T]> {
        if self.is_mapped() {
            self.verify()?;
        }
        Ok(self.items.make_mut())
    }

    /// Returns the elements as a `Vec`. Copies them if they are a version's, or if another clone of this `Bulk` has them.
    ///
    /// # Errors
    /// `Corrupt` if the array is mapped, and something else has changed the bytes of the store.
    pub fn into_vec(self) -> Result<Vec<T>> {
        self.verify()?;
        Ok(self.items.into_vec())
    }

    /// Returns what is written for a `Bulk` of so many bytes, whose elements come later.
    pub(crate) fn room(length: usize) -> Self {
        let () = Self::HAS_SIZE;
        Self::of(Items::room(length))
    }

    /// Returns whether a `&[T]` can point at elements in a mapped version: they lie there as in memory, and are
    /// aligned, since arrays begin at multiples of [`ALIGN`] there.
    pub(crate) fn is_placed_as_stored() -> bool {
        AS_STORED && align_of::<T>() <= ALIGN
    }

    /// Makes a `Bulk` that points to the elements at `place` of a version. Returns `None` if they are better copied, or
    /// if the bytes there are no elements, or not at an address for elements.
    pub(crate) fn in_version(arrays: &Arc<Arrays>, place: Range<usize>) -> Option<Self> {
        Self::items_in_version(arrays, place)
    }
}

impl<T: Pod + Send + Sync> Deref for Bulk<T> {
    type Target = [T];

    #[inline]
    fn deref(&self) -> &[T] {
        self.items()
    }
}

impl<T: ?Sized> Clone for Bulk<T> {
    fn clone(&self) -> Self {
        Self { items: self.items.clone(), elements: PhantomData }
    }
}

impl<T: BulkElement + ?Sized> Default for Bulk<T> {
    /// Returns an empty array.
    fn default() -> Self {
        Self::of_items(Vec::new())
    }
}

impl<T: BulkElement + ?Sized> fmt::Debug for Bulk<T>
where
    Self: Deref<Target: fmt::Debug>,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

impl<T: BulkElement + ?Sized> PartialEq for Bulk<T>
where
    Self: Deref<Target: PartialEq>,
{
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl<T: BulkElement + ?Sized> Eq for Bulk<T> where Self: Deref<Target: Eq> {}

impl<T: Pod + Send + Sync> AsRef<[T]> for Bulk<T> {
    fn as_ref(&self) -> &[T] {
        self
    }
}

impl<T: Pod + Send + Sync> From<Vec<T>> for Bulk<T> {
    fn from(items: Vec<T>) -> Self {
        Self::from_vec(items)
    }
}

impl<T: Pod + Send + Sync> FromIterator<T> for Bulk<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        Self::from_vec(items.into_iter().collect())
    }
}

impl<'b, T: Pod + Send + Sync> IntoIterator for &'b Bulk<T> {
    type Item = &'b T;
    type IntoIter = std::slice::Iter<'b, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
