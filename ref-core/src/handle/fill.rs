//! `put_with`, which makes an array where the store has it.

use crate::bulk::Bulk;
use crate::codec::envelope;
use crate::error::{Error, ErrorKind, Result};
use crate::handle::loaded::Loaded;
use crate::handle::owned::Owned;
use crate::store::Store;
use crate::store::functions::functions;
use crate::store::object::RawOwned;
use crate::stored::Stored;
use bytemuck::Pod;
use std::panic::Location;

impl Store {
    /// Puts an array of `length` elements into the store as a new object, and returns its owner. `fill` writes the
    /// elements where the store keeps them, so that the machine has the array once, at `shm:` and `file:`. Before, all
    /// bytes of the elements are zero.
    ///
    /// No other process sees the object before `fill` has returned. If `fill` panics, nothing is put.
    ///
    /// # Errors
    /// The errors of [`put`](Store::put). `fill` is not called if the array is too large. If the store has no room,
    /// `fill` is not called at `shm:` and `file:`, unless the version has at most 16 KiB. Such an array, and one in any
    /// other store, is filled in this process's memory first, and then put.
    ///
    /// ```
    /// # fn main() -> ref_core::Result<()> {
    /// let store = ref_core::Store::open("memory:")?;
    /// let squares = store.put_with(1000, |cells: &mut [u64]| {
    ///     cells.iter_mut().zip(0..).for_each(|(cell, n)| *cell = n * n);
    /// })?;
    /// assert_eq!(squares.borrow()?[30], 900);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn put_with<T>(&self, length: usize, fill: impl FnOnce(&mut [T])) -> Result<Owned<Bulk<T>>>
    where
        T: Stored + Pod + Send + Sync,
    {
        let at = Location::caller();
        // This refuses an array that is too large, before any memory is asked for.
        let sealed = self.encode(&Bulk::<T>::room(length.saturating_mul(size_of::<T>())))?;
        if !self.backend().maps(sealed.length()) || !Bulk::<T>::is_placed_as_stored() {
            let mut items =
                bytemuck::allocation::try_zeroed_slice_box(length).map_err(|()| no_memory(length))?.into_vec();
            fill(&mut items);
            return self.put(Bulk::from_vec(items));
        }
        let mut fill = Some(fill);
        let mut write = |version: &mut [u8]| {
            envelope::fill(&sealed, version, |array| {
                if let (Some(fill), Ok(items)) = (fill.take(), bytemuck::try_cast_slice_mut(array)) {
                    fill(items);
                }
            });
        };
        let (object, base) = self.backend().put_in_place(sealed.length(), &mut write, at)?;
        let raw = RawOwned::new(self.clone(), object, base);
        Ok(Owned { value: Loaded::new(None), functions: functions::<Bulk<T>>, raw })
    }
}

#[cold]
fn no_memory(length: usize) -> Error {
    Error::new(ErrorKind::NoAddressSpace, format!("this process has no memory for {length} elements"))
        .with_remedy("drop some values, or put the array in parts")
}
