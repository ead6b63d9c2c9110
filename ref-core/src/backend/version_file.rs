//! The bytes of a version in a file without a name: a result on its way from a worker to its caller.

use super::Bytes;
use crate::sync::plain::AtomicUsize;
use crate::sync::{Arc, Ordering};
use std::fs::File;

/// How many such files this process keeps open at most. A program may have thousands of owners with unwritten changes,
/// and far fewer descriptors.
const MOST_OPEN: usize = 64;

/// How many of them are open.
static OPEN: AtomicUsize = AtomicUsize::new(0);

/// The bytes of a version, which another process has written to a file without a name. The file is mapped, and goes
/// when no process has it open or mapped any more.
#[derive(Debug)]
pub(crate) struct VersionFile {
    bytes: Arc<Bytes>,
    file: Option<OpenFile>,
}

impl VersionFile {
    /// Takes the mapping of a file, and the file if it can get a name. Keeps the file open, unless [`MOST_OPEN`] are open.
    #[allow(dead_code, reason = "only remote calls receive files")]
    pub(crate) fn of_mapped(file: Option<File>, bytes: Bytes) -> Self {
        Self { bytes: Arc::new(bytes), file: file.and_then(OpenFile::within_limit) }
    }

    /// Returns the bytes of the version. They stay mapped as long as a clone of the pointer exists.
    #[allow(dead_code, reason = "only remote calls read such files")]
    pub(crate) fn held(&self) -> &Arc<Bytes> {
        &self.bytes
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Returns the file, if it is open.
    #[allow(dead_code, reason = "only a store in files takes a file")]
    pub(crate) fn file(&self) -> Option<&File> {
        self.file.as_ref().map(|OpenFile(file)| file)
    }
}

/// A file that is counted in [`OPEN`].
#[derive(Debug)]
struct OpenFile(File);

impl OpenFile {
    fn within_limit(file: File) -> Option<Self> {
        // Relaxed: the number orders nothing else.
        let open = OPEN.fetch_add(1, Ordering::Relaxed);
        let counted = Self(file);
        (open < MOST_OPEN).then_some(counted)
    }
}

impl Drop for OpenFile {
    fn drop(&mut self) {
        OPEN.fetch_sub(1, Ordering::Relaxed);
    }
}
