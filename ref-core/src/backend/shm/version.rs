//! Versions. Each version has a file of its own, which is not written while the file has the version's name, nor while
//! anything has it open under that name. A file whose name is gone may become another version's ([`retired`]).
//!
//! [`retired`]: super::retired
//!
//! # A name is used once
//! A version is named by its record's index and by an epoch of that record. The epoch never falls, whichever object the
//! record belongs to. So a name that should not be there can be removed at any later time, and any number of times.
//!
//! # The stage is a write-ahead log
//! A version whose commit may still be refused is written into the stage of its writer's slot first. The file is linked
//! to its published name before the swap that is the commit: a link may need room on the disk, and no step after the
//! swap may. The entry in the stage stays until the commit is complete. With that entry, a recoverer of the slot finds
//! the file of a version that no record names.

use super::content::NewBytes;
use super::errors::{damaged, failed, removed};
use super::folder::{Folder, entries, is_removed, refuse_too_long};
use super::names::{has_version_mode, name, number, staged, subfolder, version_of};
use super::retired::{RetiredFiles, may_be_reused};
use super::unnamed::link_unnamed;
use crate::backend::{Bytes, Pieces, VersionFile};
use crate::error::{Error, ErrorKind, Result};
use crate::id::Epoch;
use crate::sync::{Ordering, fault, fence, mutant, point};
use memmap2::{Advice, Mmap};
use rustix::fs::{AtFlags, Dir, Mode, OFlags, Stat, fstat, linkat, openat, statat};
use rustix::io::Errno;
use std::fs::File;
use std::io::Read as _;

/// Versions up to this size, in bytes, are copied. A copy of so few bytes is cheaper than a mapping, and stays whole if
/// something else truncates the file.
const COPY_LIMIT: u64 = 16 * 1024;

/// The files of a store's versions.
pub(super) struct Versions<'a> {
    pub(super) folder: &'a Folder,
    /// The ledger, to tell a removed store from a missing file.
    pub(super) ledger: &'a File,
    /// The files of versions that were removed.
    pub(super) retired: &'a RetiredFiles,
}

impl Versions<'_> {
    /// Writes the first version of an object that no other session knows yet.
    pub(super) fn write_first(&self, index: u32, version: Epoch, bytes: &mut NewBytes<'_>) -> Result<()> {
        let name = name(index, version);
        match self.write(&name, bytes) {
            Err(WriteFailure::NoFolder) => {
                self.make_group(index)?;
                self.write(&name, bytes).map_err(|failed| self.explain(failed))
            }
            written => written.map_err(|failed| self.explain(failed)),
        }
    }

    /// Makes the folder of the record's versions, and `obj` itself if it was removed.
    pub(super) fn make_group(&self, index: u32) -> Result<()> {
        self.folder.make_subfolder("obj")?;
        self.folder.make_subfolder(&subfolder(index))
    }

    /// Writes a version into the stage. Its commit may still be refused.
    pub(super) fn stage(&self, slot: u16, index: u32, version: Epoch, bytes: Pieces<'_>) -> Result<()> {
        let (name, mut bytes) = (staged(slot, index, version), NewBytes::Pieces(bytes));
        let written = match self.write(&name, &mut bytes) {
            // No other session has this token, so an earlier attempt of this session left a file of that name. If the
            // file is not a version's, it stays, and the second attempt is refused.
            Err(WriteFailure::Taken(_)) => {
                self.remove_if_ours(&name)?;
                self.write(&name, &mut bytes)
            }
            written => written,
        };
        written.map_err(|failed| self.explain(failed))
    }

    /// Puts a version that is in a file without a name into the stage. If the file cannot have a name there, writes a
    /// copy.
    pub(super) fn stage_file(&self, slot: u16, index: u32, version: Epoch, file: &VersionFile) -> Result<()> {
        let name = staged(slot, index, version);
        let link = || file.file().map(|file| link_unnamed(file, self.folder, &name));
        let linked = match link() {
            // As in `stage`, the file is of an earlier attempt.
            Some(Err(Errno::EXIST)) => {
                self.remove_if_ours(&name)?;
                link()
            }
            linked => linked,
        };
        match linked {
            Some(Ok(())) => Ok(()),
            // It had a name in an earlier attempt, or is on another file system, or there is no room for its name.
            Some(Err(_)) | None => self.stage(slot, index, version, &[file.bytes()]),
        }
    }

    /// Links a staged version to its name, before the swap that is the commit. The entry in the stage stays.
    pub(super) fn publish(&self, slot: u16, index: u32, version: Epoch) -> Result<()> {
        let (fd, what) = (self.folder.fd(), "cannot give a version its name");
        fault("version.link").map_err(|error| failed(what, error))?;
        match linkat(fd, staged(slot, index, version), fd, name(index, version), AtFlags::empty()) {
            Ok(()) => Ok(()),
            // The staged file, or the folder of this record's versions, is missing. Without the folder the current
            // version is missing as well, which a new folder would hide.
            Err(Errno::NOENT) => Err(self.explain(WriteFailure::NoFolder)),
            Err(Errno::EXIST) => Err(self.unknown(&name(index, version))),
            Err(error) => Err(failed(what, error)),
        }
    }

    /// Gives a committed version its name again, if something else removed that name. Returns true if the version has
    /// its name now, and false if the version has neither its name nor its entry in the stage.
    pub(super) fn restore(&self, slot: u16, index: u32, version: Epoch) -> Result<bool> {
        if self.is_named(index, version)? {
            return Ok(true);
        }
        self.folder.make_subfolder(&subfolder(index))?;
        let fd = self.folder.fd();
        match linkat(fd, staged(slot, index, version), fd, name(index, version), AtFlags::empty()) {
            Ok(()) => Ok(true),
            Err(Errno::NOENT) => Ok(false),
            Err(error) => Err(failed("cannot give a version its name again", error)),
        }
    }

    /// Whether the version has its name.
    fn is_named(&self, index: u32, version: Epoch) -> Result<bool> {
        match statat(self.folder.fd(), name(index, version), AtFlags::SYMLINK_NOFOLLOW) {
            Ok(_) => Ok(true),
            Err(Errno::NOENT) => Ok(false),
            Err(error) => Err(failed("cannot look at a version", error)),
        }
    }

    /// Removes a version's entry in the stage. The published name stays.
    pub(super) fn remove_from_stage(&self, slot: u16, index: u32, version: Epoch) -> Result<()> {
        self.unlink(&staged(slot, index, version))
    }

    /// Removes a version whose commit was refused. The published name is removed first, since only the entry in the
    /// stage leads to that name.
    pub(super) fn unstage(&self, slot: u16, index: u32, version: Epoch) -> Result<()> {
        self.remove_unpublished(index, version)?;
        point("unstage.unnamed");
        self.remove_from_stage(slot, index, version)
    }

    /// Returns every version in the slot's stage, as record index and version.
    pub(super) fn on_stage(&self, slot: u16) -> Result<Vec<(u32, Epoch)>> {
        let unreadable = |error| failed(format!("cannot read the stage of slot {slot}"), error);
        let flags = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let folder = match openat(self.folder.fd(), format!("stage/{slot}"), flags, Mode::empty()) {
            Ok(folder) => folder,
            Err(Errno::NOENT) => return Ok(Vec::new()),
            Err(error) => return Err(unreadable(error)),
        };
        let mut found = Vec::new();
        for entry in Dir::read_from(&folder).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            let stat = statat(&folder, entry.file_name(), AtFlags::SYMLINK_NOFOLLOW);
            let version = version_of(entry.file_name().to_bytes());
            found.extend(version.filter(|_| stat.is_ok_and(|stat| has_version_mode(&stat))));
        }
        Ok(found)
    }

    /// Links the version of one record as the first version of another record's object.
    pub(super) fn link(&self, from: (u32, Epoch), to: (u32, Epoch)) -> Result<()> {
        let (fd, what) = (self.folder.fd(), "cannot link a version to its new record");
        self.make_group(to.0)?;
        fault("version.link").map_err(|error| failed(what, error))?;
        match linkat(fd, name(from.0, from.1), fd, name(to.0, to.1), AtFlags::empty()) {
            Ok(()) => Ok(()),
            Err(Errno::NOENT) if is_removed(self.ledger) => Err(removed()),
            Err(Errno::NOENT) => Err(damaged("the object's record names a version that the store does not have")),
            Err(Errno::EXIST) => Err(self.unknown(&name(to.0, to.1))),
            Err(error) => Err(failed(what, error)),
        }
    }

    /// Removes a version's file, if it is there: retires it, or unlinks it. Does nothing for version 0, which stands
    /// for none.
    pub(super) fn remove(&self, index: u32, version: Epoch) -> Result<()> {
        if version == Epoch(0) {
            return Ok(());
        }
        let name = name(index, version);
        if self.retired.keep(self.folder, &name) { Ok(()) } else { self.unlink(&name) }
    }

    /// Removes a version that may not have its published name yet. A file with that name stays if its kind or its mode
    /// is not that of a version.
    pub(super) fn remove_unpublished(&self, index: u32, version: Epoch) -> Result<()> {
        self.remove_if_ours(&name(index, version))
    }

    /// Removes the file if it has the kind and the mode of a version.
    fn remove_if_ours(&self, name: &str) -> Result<()> {
        match statat(self.folder.fd(), name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) if has_version_mode(&stat) => self.unlink(name),
            Ok(_) | Err(Errno::NOENT) => Ok(()),
            Err(error) => Err(failed("cannot look at a version", error)),
        }
    }

    /// Removes a file.
    fn unlink(&self, name: &str) -> Result<()> {
        fault("version.unlink").map_err(|error| failed(format!("cannot remove {name} of the store"), error))?;
        self.folder.remove_file(name)
    }

    /// How many bytes a version has; 0 if it is gone.
    pub(super) fn length(&self, index: u32, version: Epoch) -> Result<u64> {
        match statat(self.folder.fd(), name(index, version), AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => Ok(stat.st_size as u64),
            Err(Errno::NOENT) => Ok(0),
            Err(error) => Err(failed("cannot look at a version", error)),
        }
    }

    /// Returns the bytes of a version: copied if they are few, otherwise mapped.
    ///
    /// # Errors
    /// `Gone` if the version has no file, or `StoreRemoved` if the store's ledger was removed as well. Otherwise an
    /// error of the system.
    pub(super) fn read(&self, index: u32, version: Epoch) -> Result<Bytes> {
        let name = name(index, version);
        let file = match self.folder.open_file(&name, OFlags::RDONLY, Mode::empty()) {
            Ok(file) => file,
            Err(Errno::NOENT) => return Err(self.missing()),
            Err(error) => return Err(failed("cannot open a version", error)),
        };
        point("read.opened");
        let stat = fstat(&file).map_err(|error| failed("cannot look at a version", error))?;
        let length = stat.st_size as u64;
        if may_be_reused(length) && !self.is_still(&name, &stat)? {
            return Err(self.missing());
        }
        if Self::maps(length) { map(&file) } else { copy(file, length) }
    }

    /// Whether an open file still has its name. From then on, the file is not written again while it is open.
    ///
    /// Dekker with a session that retires the file and writes into it: that session removes the name, and then asks the
    /// kernel whether the file is open. Here the file is open, and the name is looked at after this fence. So either
    /// the name is gone here, or that session is told of this open file. An open alone is not enough: it may have begun
    /// before the name was removed, and count only after the file was written again.
    fn is_still(&self, name: &str, file: &Stat) -> Result<bool> {
        fence(Ordering::SeqCst);
        match statat(self.folder.fd(), name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(there) => Ok((there.st_ino, there.st_dev) == (file.st_ino, file.st_dev)),
            Err(Errno::NOENT) => Ok(mutant("read without a second look at the name")),
            Err(error) => Err(failed("cannot look at a version", error)),
        }
    }

    /// Whether a version of so many bytes is mapped, and not copied.
    pub(super) fn maps(length: u64) -> bool {
        length > COPY_LIMIT
    }

    /// The error for a version without a file.
    fn missing(&self) -> Error {
        if is_removed(self.ledger) {
            return removed();
        }
        Error::new(ErrorKind::Gone, "this version is not in the store any more: a newer one has replaced it")
            .with_remedy("redeem a new ticket to read the current one")
    }

    /// Writes a version's file: a retired one of about that length, or a new one. If the store is full, removes the
    /// retired files of all sessions, and tries once more if there were any.
    fn write(&self, name: &str, bytes: &mut NewBytes<'_>) -> Result<(), WriteFailure> {
        match self.write_once(name, bytes) {
            Err(WriteFailure::Error(error)) if error.kind() == ErrorKind::StoreFull && self.remove_retired() => {
                self.write_once(name, bytes)
            }
            written => written,
        }
    }

    /// Removes the retired files of all sessions. Returns whether there were any. A session whose files are gone makes
    /// new ones.
    fn remove_retired(&self) -> bool {
        let flags = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let stages = openat(self.folder.fd(), "stage", flags, Mode::empty()).and_then(entries).unwrap_or_default();
        let slots = stages.iter().filter_map(|slot| slot.to_str()).filter(|slot| number(slot).is_some());
        slots.filter(|slot| self.folder.remove_retired(&format!("stage/{slot}")).unwrap_or(false)).count() > 0
    }

    /// Writes a file once. If the write fails, tries to remove the half-written file.
    fn write_once(&self, name: &str, bytes: &mut NewBytes<'_>) -> Result<(), WriteFailure> {
        let remedy = "raise that limit (`ulimit -f`), or keep the value in smaller parts";
        refuse_too_long("the value", bytes.length() as u64, remedy).map_err(WriteFailure::Error)?;
        let reused = self.retired.reuse(self.folder, name, bytes.length() as u64);
        let is_reused = reused.is_some();
        let mut file = match reused.unwrap_or_else(|| self.make(name)) {
            Ok(file) => file,
            Err(Errno::NOENT) => return Err(WriteFailure::NoFolder),
            Err(Errno::EXIST) => return Err(WriteFailure::Taken(name.to_owned())),
            Err(error) => return Err(WriteFailure::Error(failed("cannot make a version's file", error))),
        };
        point("version.made");
        bytes.write_to(&mut file, is_reused).map_err(|error| {
            // If the file cannot be removed now, it is removed by the next attempt to write it, when the making of the
            // object is undone, or at the slot's next recovery.
            let _half_a_version = self.unlink(name);
            WriteFailure::Error(error)
        })
    }

    /// Makes an empty file, which is read-only for every other open of it.
    fn make(&self, name: &str) -> rustix::io::Result<File> {
        fault("version.make")?;
        self.folder.open_file(name, OFlags::RDWR | OFlags::CREATE | OFlags::EXCL, Mode::RUSR)
    }

    /// The error for a file that this crate did not write, and that has the name of the version to be written.
    fn unknown(&self, name: &str) -> Error {
        let what =
            format!("{}/{name} is in the place of a version that is to be written", self.folder.path().display());
        Error::new(ErrorKind::Corrupt, what).with_remedy("move that file away, which the store has not written")
    }

    /// Returns the error that the caller of a write gets.
    fn explain(&self, failed: WriteFailure) -> Error {
        match failed {
            WriteFailure::Error(error) => error,
            WriteFailure::Taken(name) => self.unknown(&name),
            WriteFailure::NoFolder if is_removed(self.ledger) => removed(),
            WriteFailure::NoFolder => {
                Error::new(ErrorKind::StoreRemoved, "folders of the store were removed while it was open")
                    .with_remedy("open the store again, and leave its folder to it")
            }
        }
    }
}

/// Why a version was not written.
enum WriteFailure {
    /// The folder for the version's file is missing.
    NoFolder,
    /// There is a file of that name already.
    Taken(String),
    Error(Error),
}

fn copy(mut file: File, length: u64) -> Result<Bytes> {
    let mut bytes = Vec::with_capacity(length as usize);
    file.read_to_end(&mut bytes).map_err(|error| Error::io("cannot read a version", error))?;
    Ok(Bytes::Copied(bytes))
}

fn map(file: &File) -> Result<Bytes> {
    // SAFETY: the caller has seen the version's name lead to this open file, so this crate does not write the file
    // while the file or a mapping of it is open (`is_still`). The folder is this user's alone. A mapping keeps the
    // inode, whatever happens to the name.
    let map = unsafe { Mmap::map(file) }.map_err(|error| Error::io("cannot map a version", error))?;
    // A hint to leave the mapping out of core dumps: dumping it would delay the moment at which other processes see the
    // death.
    let _hint = map.advise(Advice::DontDump);
    Ok(Bytes::Mapped(map))
}
