//! Retired files: those of versions that no record names any more, kept for the next versions of about their length.
//! Their pages are there already, and a fresh page of shared memory costs more than the copy into it.
//!
//! # When a file is written again
//! A session takes a version's only name away, by a rename into its stage. It writes into the file later, if the kernel
//! says that nothing else has the file open or mapped ([`sole`](super::sole)). A reader opens the file by the version's
//! name, and then looks whether the version still has that name ([`Versions::read`](super::version::Versions::read)).
//! This is Dekker's handshake: either the reader sees that the name is gone, and makes no pointer, or the session sees
//! the reader's open file, and leaves the file alone. A mapping keeps its open file for as long as it lives: after the
//! lease that it was read under, in a forked child, after a revocation, and in a process that lost its slot. Nothing
//! that a process has to do, and no word of the ledger, is part of this.
//!
//! The name of a retired file has a number that no other session uses, not even a later one in the same slot. So only
//! one session writes into the file. Any session may remove it, which changes no byte: the recoverer of the slot does,
//! and a session that finds the store full.

use super::errors::failed;
use super::folder::Folder;
use super::names::{has_version_mode, retired};
use super::sole::{is_sole_open, sees_mappings};
use crate::error::Result;
use crate::id::StoreId;
use crate::sync::{Mutex, fault, lock, mutant, point};
use rustix::fs::{AtFlags, Mode, OFlags, RenameFlags, chmodat, fchmod, renameat_with, statat};
use rustix::io::Errno;
use std::fs::File;

/// The length of the smallest file that is kept, in bytes. Unit tests keep every file.
const LEAST: u64 = if cfg!(test) { 1 } else { 32 * 1024 };

/// How many files are tried for one version.
const TRIES: usize = 4;

/// The retired files of one session.
#[derive(Debug, Default)]
pub(super) struct RetiredFiles(Mutex<Files>);

#[derive(Debug, Default)]
struct Files {
    /// The slot of the session.
    slot: u16,
    /// How many bytes the files may have in all; 0 to keep none.
    limit: u64,
    /// The number in the name of the next file.
    next: u64,
    /// The files, from the one that is removed first.
    kept: Vec<Kept>,
    /// How many bytes they have, and the file that is being retired.
    bytes: u64,
}

/// One file.
#[derive(Clone, Copy, Debug)]
struct Kept {
    number: u64,
    length: u64,
}

/// Whether there is room for a file of some length; with the session's slot.
enum Room {
    /// There is room for this file, whose bytes are set aside.
    For(u16, Kept),
    /// There may be room without this file, which is not kept any more.
    Without(u16, Kept),
    Never,
}

/// What came of a look at a retired file.
enum Reopened {
    /// Nothing else has the file open.
    Sole(File),
    Busy,
    /// The file is not there any more, or the system does not let this session write into it.
    Lost,
}

/// Whether a file of this length may have been a retired one.
pub(super) fn may_be_reused(length: u64) -> bool {
    length >= LEAST
}

impl RetiredFiles {
    /// Keeps files of up to `limit` bytes in all from now on, in the slot's stage. Does nothing if the folder is not in
    /// shared memory: a file on a disk that is written again may be neither version after a power cut.
    pub(super) fn begin(&self, folder: &Folder, slot: u16, limit: u64) -> Result<()> {
        if limit > 0 && folder.is_in_memory() {
            *lock(&self.0) = Files { slot, limit, next: StoreId::random()?.0, ..Files::default() };
        }
        Ok(())
    }

    /// Keeps no more files, and removes those that are kept.
    pub(super) fn end(&self, folder: &Folder) -> Result<()> {
        let files = std::mem::take(&mut *lock(&self.0));
        match files.limit {
            0 => Ok(()),
            // The folder may also have files whose removal was refused earlier.
            _ => folder.remove_retired(&format!("stage/{}", files.slot)).map(drop),
        }
    }

    /// Retires the file of a version that no record names any more. Returns false if the file still has its name: the
    /// caller then removes it.
    pub(super) fn keep(&self, folder: &Folder, name: &str) -> bool {
        if lock(&self.0).limit == 0 {
            return false;
        }
        let Ok(stat) = statat(folder.fd(), name, AtFlags::SYMLINK_NOFOLLOW) else { return false };
        // A second name is that of a version of another record, or an entry in a stage.
        let is_only_name = stat.st_nlink == 1 || mutant("retire what has another name");
        if !is_only_name || !has_version_mode(&stat) {
            return false;
        }
        let (slot, file) = loop {
            let room = lock(&self.0).make_room(stat.st_size as u64);
            match room {
                Room::For(slot, file) => break (slot, file),
                Room::Without(slot, outdated) => {
                    if remove(folder, slot, outdated).is_err() {
                        self.put_back(folder, slot, outdated);
                        return false;
                    }
                }
                Room::Never => return false,
            }
        };
        let renamed = fault("version.retire").and_then(|()| {
            renameat_with(folder.fd(), name, folder.fd(), retired(slot, file.number), RenameFlags::NOREPLACE)
        });
        point("retire.renamed");
        lock(&self.0).settle(file, renamed.is_ok());
        renamed.is_ok()
    }

    /// Gives a retired file of about that length the name `target`, and returns it, open for writing. Returns `None` if
    /// there is none. If the name cannot be given, the error says why, and the file stays retired.
    pub(super) fn reuse(&self, folder: &Folder, target: &str, length: u64) -> Option<rustix::io::Result<File>> {
        for _ in 0..TRIES {
            let (slot, kept) = lock(&self.0).take(length)?;
            let name = retired(slot, kept.number);
            match reopen(folder, &name) {
                Reopened::Sole(file) => {
                    point("reuse.sole");
                    let named = shorten(&file, kept.length, length).and_then(|()| {
                        fchmod(&file, Mode::RUSR)?;
                        renameat_with(folder.fd(), &name, folder.fd(), target, RenameFlags::NOREPLACE)
                    });
                    // A session that found the store full may have removed the file. Otherwise the folder of `target` is
                    // missing.
                    if named == Err(Errno::NOENT) && is_gone(folder, &name) {
                        continue;
                    }
                    if named.is_err() {
                        self.put_back(folder, slot, Kept { length: kept.length.min(length), ..kept });
                    }
                    point("reuse.named");
                    return Some(named.map(|()| file));
                }
                Reopened::Busy => self.put_back(folder, slot, kept),
                Reopened::Lost => {}
            }
        }
        None
    }

    /// Puts a file back that was taken. It is the next one that is removed; at once, if others have its room.
    fn put_back(&self, folder: &Folder, slot: u16, file: Kept) {
        if !lock(&self.0).put_back(file) {
            // If the system refuses that, the file goes when the session ends.
            let _later = remove(folder, slot, file);
        }
    }
}

impl Files {
    /// Sets bytes aside for one more file, or takes a file that is to be removed first.
    fn make_room(&mut self, length: u64) -> Room {
        if !(LEAST..=self.limit).contains(&length) {
            return Room::Never;
        }
        if self.bytes + length > self.limit {
            if self.kept.is_empty() {
                return Room::Never;
            }
            let outdated = self.kept.remove(0);
            self.bytes -= outdated.length;
            return Room::Without(self.slot, outdated);
        }
        self.bytes += length;
        let file = Kept { number: self.next, length };
        self.next = self.next.wrapping_add(1);
        Room::For(self.slot, file)
    }

    fn settle(&mut self, file: Kept, is_kept: bool) {
        match is_kept {
            true => self.kept.push(file),
            false => self.bytes -= file.length,
        }
    }

    /// Takes the last file of at least half and at most twice that length.
    fn take(&mut self, length: u64) -> Option<(u16, Kept)> {
        let fits = |file: &Kept| file.length / 2 <= length && length <= file.length.saturating_mul(2);
        let at = self.kept.iter().rposition(fits)?;
        let file = self.kept.remove(at);
        self.bytes -= file.length;
        Some((self.slot, file))
    }

    /// Returns whether there is room for the file.
    fn put_back(&mut self, file: Kept) -> bool {
        let has_room = self.bytes + file.length <= self.limit;
        if has_room {
            self.bytes += file.length;
            self.kept.insert(0, file);
        }
        has_room
    }
}

/// Removes a file that is not kept any more.
fn remove(folder: &Folder, slot: u16, file: Kept) -> Result<()> {
    let name = retired(slot, file.number);
    fault("version.unlink").map_err(|error| failed(format!("cannot remove {name} of the store"), error))?;
    folder.remove_file(&name)
}

/// Opens a retired file for writing, and looks whether nothing else has it open.
fn reopen(folder: &Folder, name: &str) -> Reopened {
    let opened = || {
        fault("version.reopen")?;
        chmodat(folder.fd(), name, Mode::RUSR | Mode::WUSR, AtFlags::empty())?;
        folder.open_file(name, OFlags::RDWR, Mode::empty())
    };
    let file = match opened() {
        Ok(file) => file,
        Err(Errno::NOENT) => return Reopened::Lost,
        Err(_) => return Reopened::Busy,
    };
    if is_sole_open(&file) && sees_mappings(&file, folder, name) {
        return Reopened::Sole(file);
    }
    let _still_writable = fchmod(&file, Mode::RUSR);
    Reopened::Busy
}

fn is_gone(folder: &Folder, name: &str) -> bool {
    statat(folder.fd(), name, AtFlags::SYMLINK_NOFOLLOW).is_err_and(|error| error == Errno::NOENT)
}

fn shorten(file: &File, length: u64, to: u64) -> rustix::io::Result<()> {
    if length > to { rustix::fs::ftruncate(file, to) } else { Ok(()) }
}
