//! The bytes of a version.

use crate::sync::Arc;

/// A version's bytes.
#[derive(Debug)]
pub(crate) enum Bytes {
    /// The bytes are in this process's memory.
    Shared(Arc<Vec<u8>>),
    /// The bytes were copied out of the store.
    #[cfg(all(feature = "shm", target_os = "linux"))]
    Copied(Vec<u8>),
    /// The bytes are in a mapped file of the store, which is not written while it is mapped.
    #[cfg_attr(loom, allow(dead_code, reason = "loom's stores map nothing"))]
    #[cfg(all(feature = "shm", target_os = "linux"))]
    Mapped(memmap2::Mmap),
}

impl Bytes {
    /// Returns whether the bytes are in a mapped file of the store.
    pub(crate) fn is_mapped(&self) -> bool {
        match self {
            Self::Shared(_) => false,
            #[cfg(all(feature = "shm", target_os = "linux"))]
            Self::Copied(_) => false,
            #[cfg(all(feature = "shm", target_os = "linux"))]
            Self::Mapped(_) => true,
        }
    }
}

impl AsRef<[u8]> for Bytes {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

impl std::ops::Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Shared(bytes) => bytes,
            #[cfg(all(feature = "shm", target_os = "linux"))]
            Self::Copied(bytes) => bytes,
            #[cfg(all(feature = "shm", target_os = "linux"))]
            Self::Mapped(map) => map,
        }
    }
}
