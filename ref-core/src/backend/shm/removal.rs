//! Removing stores, and the remains of killed removals. Only files that are proven to be this crate's are removed.
//!
//! A folder of stores, and a store's folder, may have other files in them, which stay. The proof of a ledger is its
//! [`Mark`]. The proof of any other file is its *whole* name together with its kind and its mode. A lock file is also
//! empty, and a draft has a mark or is empty. A store is removed only if nothing else is in its folder. The folder of
//! stores is removed only if it is empty.

use super::errors::failed;
use super::folder::{Folder, entries, is_named, open_folder};
use super::inventory::Inventory;
use super::ledger_file;
use super::mark::Mark;
use super::names::{LEDGER, REMOVED_PREFIX, is_group, is_numbered, is_retired, is_version, number};
use crate::error::Result;
use crate::sync::point;
use rustix::fs::{AtFlags, Mode, OFlags, RenameFlags, Stat, openat, renameat_with, statat, unlinkat};
use rustix::io::Errno;
use std::fs::File;
use std::os::fd::AsFd;
use std::path::Path;

/// Refuses a store in which a foreign file has the name of one of the store's folders.
pub(super) fn check_subfolders(folder: &Folder) -> Result<()> {
    folder.check_subfolder("obj", is_group)?;
    folder.check_subfolder("stage", |slot| number(slot).is_some())
}

impl Folder {
    /// Removes the versions and the retired files in a subfolder. Does nothing if there is no such subfolder.
    pub(super) fn empty_subfolder(&self, name: &str) -> Result<()> {
        self.remove_in(name, |name, stat| is_version(name, stat).is_some() || is_retired(name, stat)).map(drop)
    }

    /// Removes the retired files in a subfolder. Returns whether there were any.
    pub(super) fn remove_retired(&self, name: &str) -> Result<bool> {
        self.remove_in(name, is_retired)
    }

    /// Removes those files in a subfolder that are `ours`. Returns whether there were any.
    fn remove_in(&self, name: &str, ours: impl Fn(&str, &Stat) -> bool) -> Result<bool> {
        let cannot = |error| failed(format!("cannot empty {}/{name}", self.path().display()), error);
        let flags = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let folder = match openat(self.fd(), name, flags, Mode::empty()) {
            Err(Errno::NOENT) => return Ok(false),
            opened => opened.map_err(cannot)?,
        };
        let mut any = false;
        let ours = |entry: &std::ffi::OsString| {
            let stat = statat(&folder, entry, AtFlags::SYMLINK_NOFOLLOW);
            entry.to_str().zip(stat.ok()).is_some_and(|(name, stat)| ours(name, &stat))
        };
        // A foreign file in the folder stays.
        for entry in entries(&folder).map_err(cannot)?.iter().filter(|entry| ours(entry)) {
            match unlinkat(&folder, entry, AtFlags::empty()) {
                Ok(()) => any = true,
                Err(Errno::NOENT) => {}
                Err(error) => return Err(cannot(error)),
            }
        }
        Ok(any)
    }

    /// Removes the whole store, if it was made by its name, its folder is still at its path, and no foreign file is in
    /// the folder. Otherwise the store stays, which is no error. The caller holds the ledger's exclusive lock.
    pub(super) fn remove(&self, ledger: &File) -> Result<()> {
        let (Some(parent), Some(name)) = (self.path().parent(), self.path().file_name()) else { return Ok(()) };
        let Some(mark) = Mark::of(ledger).filter(|mark| mark.named && self.is_ours() && self.is_there()) else {
            return Ok(());
        };
        ledger_file::remove_drafts(self, true)?;
        if Inventory::of(self)?.has_foreign_files() {
            return Ok(());
        }
        let above = open_folder(parent).map_err(|error| failed("cannot open the folder of a finished store", error))?;
        let dead = format!("{REMOVED_PREFIX}{:016x}", mark.store.0);
        match renameat_with(&above, name, &above, &dead, RenameFlags::NOREPLACE) {
            Ok(()) => {}
            // A folder has that name already: another copy of this store is being removed, or its removal was killed.
            // This store is left to the next opener.
            Err(Errno::EXIST) => return Ok(()),
            Err(error) => return Err(failed("cannot rename a finished store", error)),
        }
        point("remove.renamed");
        if Inventory::of(self)?.has_foreign_files() {
            // A foreign file came after the first look. The folder gets its name back, for the file's owner.
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
            // The base is removed only after the last store in it: a folder that is not empty stays.
            let _still_used = self.path().parent().map(std::fs::remove_dir);
        }
        Ok(())
    }

    /// Removes what a killed removal left: a folder with the name of a removed store, and in it the ledger of a store.
    /// Returns false if the folder is not such a folder. The caller has checked the ledger's mark, and holds its
    /// exclusive lock.
    pub(super) fn clear_if_removed(&self, ledger: &File) -> Result<bool> {
        let (Some(parent), Some(name)) = (self.path().parent(), self.path().file_name()) else { return Ok(false) };
        if !self.has_removed_name() || !is_named(self, LEDGER, ledger) {
            return Ok(false);
        }
        let above = open_folder(parent).map_err(|error| failed("cannot open the folder of a removed store", error))?;
        self.clear(&above, Path::new(name)).map(|()| true)
    }

    /// Whether the folder's name is exactly of the form that a store gets when it is removed.
    fn has_removed_name(&self) -> bool {
        let name = self.path().file_name().and_then(|name| name.to_str());
        name.is_some_and(|name| is_numbered(name, REMOVED_PREFIX).is_some())
    }

    /// Removes the drafts of processes that were killed before they had made a ledger. In the user's base, which this
    /// crate makes, also removes the folder if it is empty. Elsewhere an empty folder, or an empty draft, may be the
    /// user's.
    pub(super) fn remove_unfinished_store(&self) -> Result<()> {
        ledger_file::remove_drafts(self, self.base_is_ours())?;
        if self.base_is_ours() {
            let _other_things_in_it = std::fs::remove_dir(self.path());
        }
        Ok(())
    }
}
