//! What is in a store's folder: what this crate made there, and what it did not.

use super::errors::{failed, unreadable};
use super::folder::{Folder, entries};
use super::names::{DRAFT_PREFIX, LEDGER, is, is_group, is_numbered, is_version, number};
use crate::error::Result;
use rustix::fs::{AtFlags, FileType, Mode, OFlags, Stat, openat, statat, unlinkat};
use rustix::io::Errno;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

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
    pub(super) foreign: Option<PathBuf>,
}

enum FileKind {
    Ledger,
    Draft,
    Lock,
    Version,
    Folder,
    Foreign,
}

impl Inventory {
    pub(super) fn of(folder: &Folder) -> Result<Self> {
        let mut inventory = Self::default();
        let looked = inventory.visit(folder.fd(), Path::new(""));
        looked.map_err(|error| unreadable(folder.path(), error)).map(|()| inventory)
    }

    /// Whether it has something that only its user may remove.
    pub(super) fn has_foreign_files(&self) -> bool {
        self.foreign.is_some() || self.draft.is_some()
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
            FileKind::Ledger => {}
            FileKind::Draft => self.draft = Some(path),
            FileKind::Lock => self.locks.push(path),
            FileKind::Version => self.versions.push(path),
            FileKind::Foreign => self.foreign = self.foreign.take().or(Some(path)),
            FileKind::Folder => {
                let flags = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
                let name = path.file_name().unwrap_or_default();
                self.visit(&openat(parent, name, flags, Mode::empty())?, &path)?;
                self.folders.push(path);
            }
        }
        Ok(())
    }

    /// Removes what was found, and the ledger last: as long as that is there, the rest proves itself by it.
    pub(super) fn remove(&self, folder: &Folder) -> Result<()> {
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
fn kind(path: &Path, stat: &Stat) -> FileKind {
    let Some(parts) = path.iter().map(|part| part.to_str()).collect::<Option<Vec<_>>>() else {
        return FileKind::Foreign;
    };
    let (file, folder) = (is(stat, FileType::RegularFile), is(stat, FileType::Directory));
    match parts[..] {
        [LEDGER] if file => FileKind::Ledger,
        [name] if file && is_numbered(name, DRAFT_PREFIX).is_some() => FileKind::Draft,
        ["slots" | "stage" | "obj"] if folder => FileKind::Folder,
        ["slots", slot] if file && stat.st_size == 0 && number(slot).is_some() => FileKind::Lock,
        ["stage", slot] if folder && number(slot).is_some() => FileKind::Folder,
        ["obj", group] if folder && is_group(group) => FileKind::Folder,
        ["stage", _, name] if is_version(name, stat).is_some() => FileKind::Version,
        ["obj", group, name]
            if is_version(name, stat).is_some_and(|index| group == format!("{:02x}", index & 0xff)) =>
        {
            FileKind::Version
        }
        _ => FileKind::Foreign,
    }
}
