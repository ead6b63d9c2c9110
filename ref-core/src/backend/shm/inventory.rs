//! The entries of a store's folder: the files of this crate, and foreign files.

use super::errors::{failed, unreadable};
use super::folder::{Folder, entries};
use super::names::{
    DRAFT_PREFIX, LEDGER, NAMES, NAMES_COUNT, TYPES, is, is_count, is_group, is_numbered, is_retired, is_type,
    is_version, name_of, number, object_of,
};
use crate::error::Result;
use rustix::fs::{AtFlags, FileType, Mode, OFlags, Stat, openat, readlinkat, statat, unlinkat};
use rustix::io::Errno;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

/// The paths in a store's folder, grouped by kind.
#[derive(Default)]
pub(super) struct Inventory {
    /// The files of versions, including those in the stage.
    versions: Vec<PathBuf>,
    /// The descriptions of types.
    types: Vec<PathBuf>,
    /// The names of published objects, and the file with their number.
    names: Vec<PathBuf>,
    /// The lock files of slots.
    locks: Vec<PathBuf>,
    /// The store's folders. Each folder comes before its parent.
    folders: Vec<PathBuf>,
    /// A file with the name of a draft. It is a draft of a ledger, or a file of the user: only the mark in the file
    /// tells the two apart.
    draft: Option<PathBuf>,
    /// The first foreign file that was found.
    pub(super) foreign: Option<PathBuf>,
}

/// The kind of an entry in a store's folder.
enum FileKind {
    Ledger,
    Draft,
    Lock,
    Version,
    Type,
    Name,
    Folder,
    Foreign,
}

impl Inventory {
    /// Lists the folder, and those of its subfolders that are the store's.
    pub(super) fn of(folder: &Folder) -> Result<Self> {
        let mut inventory = Self::default();
        let looked = inventory.visit(folder.fd(), Path::new(""));
        looked.map_err(|error| unreadable(folder.path(), error)).map(|()| inventory)
    }

    /// Whether the folder has an entry that may be the user's: a foreign one, or a file with the name of a draft.
    pub(super) fn has_foreign_files(&self) -> bool {
        self.foreign.is_some() || self.draft.is_some()
    }

    /// Whether the folder has versions. Without a ledger, these cannot be read any more.
    pub(super) fn has_versions(&self) -> bool {
        !self.versions.is_empty()
    }

    /// Whether the folder has any of a store's folders.
    pub(super) fn has_folders(&self) -> bool {
        !self.folders.is_empty()
    }

    fn visit(&mut self, folder: &OwnedFd, at: &Path) -> rustix::io::Result<()> {
        for name in entries(folder)? {
            let path = at.join(&name);
            match statat(folder, &name, AtFlags::SYMLINK_NOFOLLOW) {
                Ok(stat) => self.note(folder, path, &stat)?,
                // The entry was removed after the names were read.
                Err(Errno::NOENT) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn note(&mut self, parent: &OwnedFd, path: PathBuf, stat: &Stat) -> rustix::io::Result<()> {
        match kind(&path, stat) {
            FileKind::Ledger => {}
            FileKind::Draft => self.draft = Some(path),
            FileKind::Lock => self.locks.push(path),
            FileKind::Version => self.versions.push(path),
            FileKind::Type => self.types.push(path),
            FileKind::Name if is(stat, FileType::RegularFile) || leads_to_an_object(parent, &path) => {
                self.names.push(path)
            }
            FileKind::Name | FileKind::Foreign => self.foreign = self.foreign.take().or(Some(path)),
            FileKind::Folder => {
                let flags = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
                let name = path.file_name().unwrap_or_default();
                self.visit(&openat(parent, name, flags, Mode::empty())?, &path)?;
                self.folders.push(path);
            }
        }
        Ok(())
    }

    /// Removes the versions, descriptions, names, lock files and folders that were found, and then the ledger. While the
    /// ledger exists, its mark proves that the other files are this crate's. An entry that is gone already, or a folder
    /// that is not empty, is skipped.
    pub(super) fn remove(&self, folder: &Folder) -> Result<()> {
        let files = self.versions.iter().chain(&self.types).chain(&self.names).chain(&self.locks);
        let files = files.map(|path| (path, AtFlags::empty()));
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

/// Returns whether the target of a link is the id of an object. Every other link is the user's.
fn leads_to_an_object(parent: &OwnedFd, path: &Path) -> bool {
    let target = readlinkat(parent, path.file_name().unwrap_or_default(), Vec::new());
    target.is_ok_and(|target| target.to_str().is_ok_and(|target| object_of(target).is_some()))
}

/// Returns what the entry at `path` is, by its whole path, its type, the mode of a version or a description, and the
/// size of a lock file. The path is relative to the store's folder.
fn kind(path: &Path, stat: &Stat) -> FileKind {
    let Some(parts) = path.iter().map(|part| part.to_str()).collect::<Option<Vec<_>>>() else {
        return FileKind::Foreign;
    };
    let (file, folder) = (is(stat, FileType::RegularFile), is(stat, FileType::Directory));
    match parts[..] {
        [LEDGER] if file => FileKind::Ledger,
        [name] if file && is_numbered(name, DRAFT_PREFIX).is_some() => FileKind::Draft,
        ["slots" | "stage" | "obj" | NAMES | TYPES] if folder => FileKind::Folder,
        ["slots", slot] if file && stat.st_size == 0 && number(slot).is_some() => FileKind::Lock,
        [NAMES_COUNT] if is_count(stat) => FileKind::Name,
        [NAMES, name] if is(stat, FileType::Symlink) && name_of(name).is_some() => FileKind::Name,
        [TYPES, name] if is_type(name, stat) => FileKind::Type,
        ["stage", slot] if folder && number(slot).is_some() => FileKind::Folder,
        ["obj", group] if folder && is_group(group) => FileKind::Folder,
        ["stage", _, name] if is_version(name, stat).is_some() || is_retired(name, stat) => FileKind::Version,
        ["obj", group, name]
            if is_version(name, stat).is_some_and(|index| group == format!("{:02x}", index & 0xff)) =>
        {
            FileKind::Version
        }
        _ => FileKind::Foreign,
    }
}
