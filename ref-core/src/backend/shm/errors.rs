//! Errors that several files of this backend make, and failures after which an opener may try again.

use crate::error::{Error, ErrorKind, Result};
use rustix::io::Errno;
use std::path::Path;

/// Why an attempt to open a store failed.
pub(super) enum OpenFailure {
    /// Another process removed or replaced something between two steps. A new attempt may succeed.
    Raced(Error),
    /// The failure is no race, so the attempt is not repeated.
    Refused(Error),
}

impl From<Error> for OpenFailure {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

/// Returns the failure for a race that this process has lost. Its error reaches the user only if the races go on for
/// too long.
pub(super) fn raced(folder: &Path, what: &str) -> OpenFailure {
    let what = format!("the store in {} could not be opened: {what}, each time anew", folder.display());
    OpenFailure::Raced(
        Error::new(ErrorKind::StoreRemoved, what).with_remedy("see which process removes or replaces it"),
    )
}

/// Returns the error for a failed call of the operating system. `what` says what this crate was doing.
pub(super) fn failed(what: impl Into<String>, error: Errno) -> Error {
    Error::io(what, std::io::Error::from(error))
}

/// Returns the error for a failed `fallocate`. Its kind is `UnsupportedFilesystem` if the file system does not have
/// that call.
pub(super) fn unreserved(what: impl Into<String>, error: Errno) -> Error {
    if error != Errno::OPNOTSUPP {
        return failed(what, error);
    }
    let what = format!("{}: the file system there cannot set bytes aside, as ext2 and ramfs cannot", what.into());
    Error::new(ErrorKind::UnsupportedFilesystem, what)
        .with_remedy("use `shm://NAME`, or `file:PATH` on tmpfs, ext4, xfs or btrfs")
}

/// The error for a folder whose names cannot be listed.
pub(super) fn unreadable(path: &Path, error: Errno) -> Error {
    failed(format!("cannot read the folder {}", path.display()), error)
}

/// The error for a word of the ledger with a value that this crate never writes, or that names something which the
/// store does not have.
pub(super) fn damaged(what: impl Into<String>) -> Error {
    Error::new(ErrorKind::Corrupt, what)
        .with_remedy("something else wrote into the store's folder; close the store everywhere and remove it")
}

/// Turns an error of the kind `Corrupt` into `Ok`. Callers that look at several slots use this: damage of one slot
/// concerns only the session in that slot.
pub(super) fn beside_damage(done: Result<()>) -> Result<()> {
    match done {
        Err(error) if error.kind() == ErrorKind::Corrupt => Ok(()),
        done => done,
    }
}

/// The error for a store whose files were removed while this session had it open.
pub(super) fn removed() -> Error {
    Error::new(ErrorKind::StoreRemoved, "the store's files were removed while it was open")
        .with_remedy("open the store again; on systemd machines, `RemoveIPC=no` keeps shared memory over a logout")
}

/// The error for a current version whose file was removed.
pub(super) fn lost() -> Error {
    Error::new(ErrorKind::Corrupt, "the file of this object's version was removed from the store's folder")
        .with_remedy("put the value anew, from a handle that has it loaded; keep cleaners of files out of the folder")
}
