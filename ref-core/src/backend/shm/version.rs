//! Versions: one file each, never written again once it has its name.

use super::folder::{Folder, failed, is_removed};
use super::lend::damaged;
use crate::backend::Bytes;
use crate::error::{Error, ErrorKind, Result};
use crate::id::Epoch;
use crate::sync::point;
use memmap2::{Advice, Mmap};
use rustix::fs::{AtFlags, Mode, OFlags, linkat, renameat, statat};
use rustix::io::Errno;
use std::fs::File;
use std::io::{Read as _, Write as _};

/// Smaller versions are copied out: cheaper than a mapping, and immune to a file that somebody truncates.
const COPIED: u64 = 16 * 1024;

/// The files of a store's versions.
pub(super) struct Versions<'a> {
    pub(super) folder: &'a Folder,
    /// To tell a removed store from a missing file.
    pub(super) ledger: &'a File,
}

fn subfolder(index: u32) -> String {
    format!("obj/{:02x}", index & 0xff)
}

fn name(index: u32, version: Epoch) -> String {
    format!("{}/{index}.{}", subfolder(index), version.0)
}

fn staged(slot: u16, index: u32, version: Epoch) -> String {
    format!("stage/{slot}/{index}.{}", version.0)
}

impl Versions<'_> {
    /// Writes the first version of an object that nobody knows yet.
    pub(super) fn write_first(&self, index: u32, version: Epoch, bytes: &[u8]) -> Result<()> {
        let name = name(index, version);
        match self.write(&name, bytes) {
            Err(Failed::NoFolder) => {
                self.folder.make_subfolder(&subfolder(index))?;
                self.write(&name, bytes).map_err(|failed| self.explain(failed))
            }
            written => written.map_err(|failed| self.explain(failed)),
        }
    }

    /// Writes a version that its writer may still lose the right to publish.
    pub(super) fn stage(&self, slot: u16, index: u32, version: Epoch, bytes: &[u8]) -> Result<()> {
        self.write(&staged(slot, index, version), bytes).map_err(|failed| self.explain(failed))
    }

    pub(super) fn unstage(&self, slot: u16, index: u32, version: Epoch) -> Result<()> {
        self.folder.remove_file(&staged(slot, index, version))
    }

    /// Gives a staged version its name; has no effect when that was done before.
    pub(super) fn publish(&self, slot: u16, index: u32, version: Epoch) -> Result<()> {
        let fd = self.folder.fd();
        match renameat(fd, staged(slot, index, version), fd, name(index, version)) {
            Ok(()) | Err(Errno::NOENT) => Ok(()),
            Err(error) => Err(failed("cannot publish a committed version", error)),
        }
    }

    /// The same bytes as the version of another object.
    pub(super) fn link(&self, from: u32, to: u32, version: Epoch) -> Result<()> {
        let fd = self.folder.fd();
        self.folder.make_subfolder(&subfolder(to))?;
        match linkat(fd, name(from, version), fd, name(to, version), AtFlags::empty()) {
            Ok(()) => Ok(()),
            Err(Errno::NOENT) if is_removed(self.ledger) => Err(removed()),
            Err(Errno::NOENT) => Err(damaged("the object's record names a version that the store does not have")),
            Err(Errno::EXIST) => Err(unknown()),
            Err(error) => Err(failed("cannot link a version to its new record", error)),
        }
    }

    pub(super) fn remove(&self, index: u32, version: Epoch) -> Result<()> {
        if version == Epoch(0) {
            return Ok(());
        }
        self.folder.remove_file(&name(index, version))
    }

    /// How many bytes a version has; none if it is gone.
    pub(super) fn length(&self, index: u32, version: Epoch) -> Result<u64> {
        match statat(self.folder.fd(), name(index, version), AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => Ok(stat.st_size as u64),
            Err(Errno::NOENT) => Ok(0),
            Err(error) => Err(failed("cannot look at a version", error)),
        }
    }

    pub(super) fn read(&self, index: u32, version: Epoch) -> Result<Bytes> {
        let file = match self.folder.open_file(&name(index, version), OFlags::RDONLY, Mode::empty()) {
            Ok(file) => file,
            Err(Errno::NOENT) => return Err(self.missing()),
            Err(error) => return Err(failed("cannot open a version", error)),
        };
        let length = file.metadata().map_err(|error| Error::io("cannot look at a version", error))?.len();
        if length <= COPIED { copy(file, length) } else { map(&file) }
    }

    fn missing(&self) -> Error {
        if is_removed(self.ledger) {
            return removed();
        }
        Error::new(ErrorKind::Gone, "this version is not in the store any more: a newer one has replaced it")
            .with_remedy("redeem a new ticket to read the current one")
    }

    fn write(&self, name: &str, bytes: &[u8]) -> Result<(), Failed> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL;
        let mut file = match self.folder.open_file(name, flags, Mode::RUSR) {
            Ok(file) => file,
            Err(Errno::NOENT) => return Err(Failed::NoFolder),
            Err(Errno::EXIST) => return Err(Failed::Error(unknown())),
            Err(error) => return Err(Failed::Error(failed("cannot make a version's file", error))),
        };
        point("version.made");
        file.write_all(bytes).map_err(|error| {
            let error = Error::io(format!("cannot write {} bytes into the store", bytes.len()), error);
            Failed::Error(self.folder.remove_file(name).err().unwrap_or(error))
        })
    }

    fn explain(&self, failed: Failed) -> Error {
        match failed {
            Failed::Error(error) => error,
            Failed::NoFolder if is_removed(self.ledger) => removed(),
            Failed::NoFolder => {
                Error::new(ErrorKind::StoreRemoved, "folders of the store were removed while it was open")
                    .with_remedy("open the store again, and leave its folder to it")
            }
        }
    }
}

enum Failed {
    NoFolder,
    Error(Error),
}

/// A name is taken that only a version has which is written once.
fn unknown() -> Error {
    damaged("the store has the file of a version that its ledger does not know")
}

/// The files of a store were taken away under this session.
pub(super) fn removed() -> Error {
    Error::new(ErrorKind::StoreRemoved, "the store's files were removed while it was open")
        .with_remedy("open the store again; on systemd machines, `RemoveIPC=no` keeps shared memory over a logout")
}

fn copy(mut file: File, length: u64) -> Result<Bytes> {
    let mut bytes = Vec::with_capacity(length as usize);
    file.read_to_end(&mut bytes).map_err(|error| Error::io("cannot read a version", error))?;
    Ok(Bytes::Copied(bytes))
}

fn map(file: &File) -> Result<Bytes> {
    // SAFETY: the file has its final name, and this crate writes a version only before it gets one; its folder is
    // this user's alone. A mapping keeps the inode, whatever happens to the name.
    let map = unsafe { Mmap::map(file) }.map_err(|error| Error::io("cannot map a version", error))?;
    // A hint: dumping a large mapping would delay the moment in which the process's death is seen.
    let _hint = map.advise(Advice::DontDump);
    Ok(Bytes::Mapped(map))
}
