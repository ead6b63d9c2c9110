//! `verify`: whether the bytes of a version are those that were written.

use crate::backend::Bytes;
use crate::codec::envelope::{self, VersionBytes};
use crate::error::Result;
use crate::handle::lease::Lease;
use crate::handle::owned::Owned;
use crate::sync::Arc;
use std::panic::Location;

impl<T> Owned<T> {
    /// Reads the newest version, and compares all of its bytes with their checksums. Changes that are not written yet
    /// are in no version.
    ///
    /// A call that reads a value compares its checksum. But it does not read an array that is mapped, a
    /// [`Bulk`](crate::Bulk), which would take time for each byte.
    ///
    /// # Errors
    /// `Corrupt` if the bytes are not what was written. `Conflict` while a borrower holds the object under an exclusive
    /// loan whose handle was dropped or forgotten; else the errors of the store, such as `Io`.
    ///
    /// ```
    /// # fn main() -> ref_core::Result<()> {
    /// # let store = ref_core::Store::open("memory:")?;
    /// let owned = store.put(vec![1_u64, 2])?;
    /// owned.verify()?;
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn verify(&self) -> Result<()> {
        verify(self.stored(Location::caller())?)
    }
}

impl<T, A> Lease<T, A> {
    /// Does what [`Owned::verify`] does, for the version that this lease reads.
    ///
    /// # Errors
    /// `Corrupt` if the bytes are not what was written, `Gone` if the store does not have them any more; else the errors
    /// of the store, such as `Io`.
    pub fn verify(&self) -> Result<()> {
        verify(self.raw.store.backend().read(self.raw.object, self.raw.version)?)
    }
}

fn verify(bytes: Bytes) -> Result<()> {
    let is_mapped = bytes.is_mapped();
    envelope::verify(&VersionBytes { held: Arc::new(bytes), is_mapped })
}
