//! Removing files: only what proves itself to be of this crate.
//!
//! A folder of stores, and a store's folder, may have other things in them, which stay. Proof of a ledger is its
//! [`Mark`](super::mark::Mark), of a file beside it the *whole* pattern of its name, its kind and its mode. A store is
//! removed only when nothing else is in its folder, and the folder itself only when it is empty.

use super::folder::{Folder, entries, failed, is_named, open_folder, unreadable};
use super::ledger_file::{self, DRAFT, LEDGER};
use super::mark::Mark;
use crate::error::Result;
use crate::id::StoreId;
use crate::sync::point;
use rustix::fs::{AtFlags, FileType, Mode, OFlags, RenameFlags, Stat, openat, renameat_with, statat, unlinkat};
use rustix::io::Errno;
use std::fs::File;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};

/// How the name of a store begins that is being removed; the store's number follows.
const DEAD: &str = ".dead-";

/// What is in a store's folder.
#[derive(Default)]
pub(super) struct Inventory {
    /// Versions, staged ones included.
    versions: Vec<PathBuf>,
    locks: Vec<PathBuf>,
    /// The inner ones first.
    folders: Vec<PathBuf>,
    /// A ledger that is being made, or a file of the user's with such a name: only its mark tells.
    draft: Option<PathBuf>,
    /// The first thing that this crate did not make.
    pub(super) stranger: Option<PathBuf>,
}

enum Kind {
    Ledger,
    Draft,
    Lock,
    Version,
    Folder,
    Stranger,
}

impl Inventory {
    pub(super) fn of(folder: &Folder) -> Result<Self> {
        let mut inventory = Self::default();
        let looked = inventory.visit(folder.fd(), Path::new(""));
        looked.map_err(|error| unreadable(folder.path(), error)).map(|()| inventory)
    }

    /// Whether it has something that only its user may remove.
    fn has_strangers(&self) -> bool {
        self.stranger.is_some() || self.draft.is_some()
    }

    /// Whether values are in it that a ledger would have to know.
    pub(super) fn has_versions(&self) -> bool {
        !self.versions.is_empty()
    }

    pub(super) fn has_folders(&self) -> bool {
        !self.folders.is_empty()
    }

    fn visit(&mut self, folder: &OwnedFd, at: &Path) -> rustix::io::Result<()> {
        for name in entries(folder)? {
            let path = at.join(&name);
            match statat(folder, &name, AtFlags::SYMLINK_NOFOLLOW) {
                Ok(stat) => self.note(folder, path, &stat)?,
                Err(Errno::NOENT) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn note(&mut self, parent: &OwnedFd, path: PathBuf, stat: &Stat) -> rustix::io::Result<()> {
        match kind(&path, stat) {
            Kind::Ledger => {}
            Kind::Draft => self.draft = Some(path),
            Kind::Lock => self.locks.push(path),
            Kind::Version => self.versions.push(path),
            Kind::Stranger => self.stranger = self.stranger.take().or(Some(path)),
            Kind::Folder => {
                let flags = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
                let name = path.file_name().unwrap_or_default();
                self.visit(&openat(parent, name, flags, Mode::empty())?, &path)?;
                self.folders.push(path);
            }
        }
        Ok(())
    }

    /// Removes what was found, and the ledger last: as long as that is there, the rest proves itself by it.
    fn remove(&self, folder: &Folder) -> Result<()> {
        let files = self.versions.iter().chain(&self.locks).map(|path| (path, AtFlags::empty()));
        let ledger = PathBuf::from(LEDGER);
        let folders = self.folders.iter().map(|path| (path, AtFlags::REMOVEDIR));
        for (path, flags) in files.chain(folders).chain([(&ledger, AtFlags::empty())]) {
            match unlinkat(folder.fd(), path, flags) {
                Ok(()) | Err(Errno::NOENT | Errno::NOTEMPTY | Errno::EXIST) => {}
                Err(error) => {
                    return Err(failed(format!("cannot remove {}/{}", folder.path().display(), path.display()), error));
                }
            }
        }
        Ok(())
    }
}

/// What the thing at `path`, from the store's folder on, is by the whole of its name, its kind and its mode.
fn kind(path: &Path, stat: &Stat) -> Kind {
    let Some(parts) = path.iter().map(|part| part.to_str()).collect::<Option<Vec<_>>>() else { return Kind::Stranger };
    let (file, folder) = (is(stat, FileType::RegularFile), is(stat, FileType::Directory));
    match parts[..] {
        [LEDGER] if file => Kind::Ledger,
        [name] if file && is_numbered(name, DRAFT).is_some() => Kind::Draft,
        ["slots" | "stage" | "obj"] if folder => Kind::Folder,
        ["slots", slot] if file && stat.st_size == 0 && number(slot).is_some() => Kind::Lock,
        ["stage", slot] if folder && number(slot).is_some() => Kind::Folder,
        ["obj", group] if folder && is_group(group) => Kind::Folder,
        ["stage", _, name] if is_version(name, stat).is_some() => Kind::Version,
        ["obj", group, name]
            if is_version(name, stat).is_some_and(|index| group == format!("{:02x}", index & 0xff)) =>
        {
            Kind::Version
        }
        _ => Kind::Stranger,
    }
}

fn is(stat: &Stat, kind: FileType) -> bool {
    FileType::from_raw_mode(stat.st_mode) == kind
}

/// The number that is written so, and in no other way.
fn number(text: &str) -> Option<u64> {
    text.parse().ok().filter(|number: &u64| number.to_string() == text)
}

/// Refuses a store in which something else is in the place of one of its folders.
pub(super) fn check_subfolders(folder: &Folder) -> Result<()> {
    folder.check_subfolder("obj", is_group)?;
    folder.check_subfolder("stage", |slot| number(slot).is_some())
}

fn is_group(name: &str) -> bool {
    u8::from_str_radix(name, 16).is_ok_and(|group| format!("{group:02x}") == name)
}

/// The index of the object, if that is the name, the kind and the mode of a version.
fn is_version(name: &str, stat: &Stat) -> Option<u64> {
    let (index, version) = name.split_once('.')?;
    number(index).filter(|_| has_version_mode(stat) && number(version).is_some())
}

/// Whether the kind and the mode are those of a version, which is read-only from its first byte on.
pub(super) fn has_version_mode(stat: &Stat) -> bool {
    is(stat, FileType::RegularFile) && stat.st_mode & 0o377 == 0
}

/// Whether the name is the beginning, and then a number in sixteen hexadecimal digits.
pub(super) fn is_numbered(name: &str, beginning: &str) -> Option<StoreId> {
    let digits = name.strip_prefix(beginning)?;
    let number = u64::from_str_radix(digits, 16).ok()?;
    (format!("{number:016x}") == digits).then_some(StoreId(number))
}

impl Folder {
    /// Removes the versions in a subfolder.
    pub(super) fn empty_subfolder(&self, name: &str) -> Result<()> {
        let cannot = |error| failed(format!("cannot empty {}/{name}", self.path().display()), error);
        let flags = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let folder = match openat(self.fd(), name, flags, Mode::empty()) {
            Err(Errno::NOENT) => return Ok(()),
            opened => opened.map_err(cannot)?,
        };
        let ours = |entry: &std::ffi::OsString| {
            let stat = statat(&folder, entry, AtFlags::SYMLINK_NOFOLLOW);
            entry.to_str().zip(stat.ok()).is_some_and(|(name, stat)| is_version(name, &stat).is_some())
        };
        for entry in entries(&folder).map_err(cannot)?.iter().filter(|entry| ours(entry)) {
            match unlinkat(&folder, entry, AtFlags::empty()) {
                Ok(()) | Err(Errno::NOENT) => {}
                Err(error) => return Err(cannot(error)),
            }
        }
        Ok(())
    }

    /// Removes the whole store, unless something else is in its folder. The caller holds the lock of its ledger alone.
    pub(super) fn remove(&self, ledger: &File) -> Result<()> {
        let (Some(parent), Some(name)) = (self.path().parent(), self.path().file_name()) else { return Ok(()) };
        let Some(mark) = Mark::of(ledger).filter(|mark| mark.named && self.is_ours() && self.is_there()) else {
            return Ok(());
        };
        ledger_file::remove_drafts(self, true)?;
        if Inventory::of(self)?.has_strangers() {
            return Ok(());
        }
        let above = open_folder(parent).map_err(|error| failed("cannot open the folder of a finished store", error))?;
        let dead = format!("{DEAD}{:016x}", mark.store.0);
        match renameat_with(&above, name, &above, &dead, RenameFlags::NOREPLACE) {
            Ok(()) => {}
            // Another store of that number is being removed: this one is left to the next opener.
            Err(Errno::EXIST) => return Ok(()),
            Err(error) => return Err(failed("cannot rename a finished store", error)),
        }
        point("remove.renamed");
        if Inventory::of(self)?.has_strangers() {
            // A foreign file came after the first look: the folder goes back to its name, for the file's owner.
            let _name_taken = renameat_with(&above, &dead, &above, name, RenameFlags::NOREPLACE);
            return Ok(());
        }
        self.clear(&above, Path::new(&dead))
    }

    /// Removes what this crate made in a folder that no process uses any more, and the folder if nothing else is in it.
    fn clear(&self, above: impl AsFd, name: &Path) -> Result<()> {
        Inventory::of(self)?.remove(self)?;
        let _other_things_in_it = unlinkat(&above, name, AtFlags::REMOVEDIR);
        if self.base_is_ours() {
            // With the last store in it, and not before.
            let _still_used = self.path().parent().map(std::fs::remove_dir);
        }
        Ok(())
    }

    /// Removes what a removal left that was killed: a folder of a dead store's name, with a ledger in it whose mark says
    /// that it was made here. The caller holds the lock of that ledger alone.
    pub(super) fn clear_if_dead(&self, ledger: &File) -> Result<bool> {
        let (Some(parent), Some(name)) = (self.path().parent(), self.path().file_name()) else { return Ok(false) };
        if !self.is_dead() || !is_named(self, LEDGER, ledger) {
            return Ok(false);
        }
        let above = open_folder(parent).map_err(|error| failed("cannot open the folder of a removed store", error))?;
        self.clear(&above, Path::new(name)).map(|()| true)
    }

    /// Whether the folder has the whole name of a store that is being removed.
    fn is_dead(&self) -> bool {
        let name = self.path().file_name().and_then(|name| name.to_str());
        name.is_some_and(|name| is_numbered(name, DEAD).is_some())
    }

    /// Removes what makers left that were killed before there was a ledger. Of an empty folder only the user's base, which
    /// this crate makes, says that it was one of them.
    pub(super) fn remove_beginnings(&self) -> Result<()> {
        ledger_file::remove_drafts(self, self.base_is_ours())?;
        if self.base_is_ours() {
            let _other_things_in_it = std::fs::remove_dir(self.path());
        }
        Ok(())
    }
}
