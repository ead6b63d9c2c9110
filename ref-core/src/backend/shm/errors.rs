//! What goes wrong here, in words: errors of this backend, and races that are no errors yet.

use crate::error::{Error, ErrorKind, Result};
use rustix::io::Errno;
use std::path::Path;

/// Why an attempt to open a store came to nothing.
pub(super) enum OpenFailure {
    /// Another process removed or replaced something between two steps: the next attempt begins anew.
    Raced(Error),
    /// The same attempt would fail again.
    Refused(Error),
}

impl From<Error> for OpenFailure {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

/// A race that was lost, as an error for the case that it is lost for too long.
pub(super) fn raced(folder: &Path, what: &str) -> OpenFailure {
    let what = format!("the store in {} could not be opened: {what}, each time anew", folder.display());
    OpenFailure::Raced(
        Error::new(ErrorKind::StoreRemoved, what).with_remedy("see which process removes or replaces it"),
    )
}

/// An error of the system in our words.
pub(super) fn failed(what: impl Into<String>, error: Errno) -> Error {
    Error::io(what, std::io::Error::from(error))
}

/// As [`failed`], where bytes could not be set aside: not every file system can set bytes aside.
pub(super) fn unreserved(what: impl Into<String>, error: Errno) -> Error {
    if error != Errno::OPNOTSUPP {
        return failed(what, error);
    }
    let what = format!("{}: the file system there cannot set bytes aside, as ext2 and ramfs cannot", what.into());
    Error::new(ErrorKind::UnsupportedFilesystem, what)
        .with_remedy("use `shm://NAME`, or `file:PATH` on tmpfs, ext4, xfs or btrfs")
}

pub(super) fn unreadable(path: &Path, error: Errno) -> Error {
    failed(format!("cannot read the folder {}", path.display()), error)
}

/// A word of the ledger is what this crate never writes.
pub(super) fn damaged(what: impl Into<String>) -> Error {
    Error::new(ErrorKind::Corrupt, what)
        .with_remedy("something else wrote into the store's folder; close the store everywhere and remove it")
}

/// What is done beside a slot that is damaged: its own session alone is concerned.
pub(super) fn beside_damage(done: Result<()>) -> Result<()> {
    match done {
        Err(error) if error.kind() == ErrorKind::Corrupt => Ok(()),
        done => done,
    }
}

/// The files of a store were taken away under this session.
pub(super) fn removed() -> Error {
    Error::new(ErrorKind::StoreRemoved, "the store's files were removed while it was open")
        .with_remedy("open the store again; on systemd machines, `RemoveIPC=no` keeps shared memory over a logout")
}

/// A version's file was taken away that its record names.
pub(super) fn lost() -> Error {
    Error::new(ErrorKind::Corrupt, "the file of this object's version was removed from the store's folder")
        .with_remedy("put the value anew, from a handle that has it loaded; keep cleaners of files out of the folder")
}
