//! Finds, checks and makes a store's folder, and opens, makes and removes what is in it.
//!
//! A process that may open the folder may do anything to the store, so the folder must belong to this user alone. A
//! store is removed by renaming its folder first: a process that uses the name later finds nothing, or a new store, and
//! never half a store.

use super::errors::{OpenFailure, failed, raced, unreadable};
use crate::error::{Error, ErrorKind, Result};
use crate::sync::OnceLock;
use rustix::fs::{
    AtFlags, Dir, FileType, FlockOperation, Mode, OFlags, Stat, flock, mkdirat, open, openat, statat, unlinkat,
};
use rustix::io::{Errno, retry_on_intr};
use rustix::process::{Resource, getrlimit};
use std::ffi::OsString;
use std::fs::File;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};

const PRIVATE: Mode = Mode::RWXU;

/// An open folder of a store.
#[derive(Debug)]
pub(super) struct Folder {
    fd: OwnedFd,
    /// The path at which the folder was found. Files in the folder are reached by the descriptor. The path is used to
    /// check that it still leads to this folder, to rename or remove the folder, to find its neighbours, to note it in
    /// the ledger, and in messages.
    path: PathBuf,
    /// Whether this crate may remove the folder. It may if the store is `shm://NAME`; the folder of `file:` is the
    /// user's.
    ours: bool,
    /// The subfolders, each with a shared lock on it; see [`lock_parts`](Folder::lock_parts).
    part_locks: OnceLock<Vec<OwnedFd>>,
}

/// Returns the folder of the `shm://` stores: `$REF_STORE_DIR` if it is set and not empty, and otherwise this user's
/// folder in shared memory.
pub(crate) fn base() -> PathBuf {
    let own = std::env::var_os("REF_STORE_DIR").filter(|path| !path.is_empty()).map(PathBuf::from);
    own.unwrap_or_else(users_base)
}

/// Returns the default folder of this user's `shm://` stores, which this crate makes and removes.
fn users_base() -> PathBuf {
    PathBuf::from(format!("/dev/shm/ref-{}", rustix::process::geteuid().as_raw()))
}

/// Makes the parent of a named store's folder, if the parent is missing. Refuses a parent that belongs to another user,
/// or in which other users may write.
pub(super) fn make_base(folder: &Path) -> Result<(), OpenFailure> {
    let Some(path) = folder.parent() else { return Ok(()) };
    make(path, false)?;
    let base = match open_folder(path) {
        Err(Errno::NOENT) => return Err(raced(folder, "the folder that it is in was removed")),
        opened => opened.map_err(|error| unopened(path, error))?,
    };
    Ok(check_private(path, &stat(&base, path)?, 0o022)?)
}

/// Makes the missing folders that lead to `folder`, but not `folder` itself.
pub(super) fn make_parents(folder: &Path) -> Result<(), OpenFailure> {
    Ok(folder.parent().map_or(Ok(()), |parent| make(parent, true))?)
}

impl Folder {
    /// Opens the folder at `path`, and makes it if it is missing. The caller has made the folder's parent, so a missing
    /// parent is a race. A path that ends with `..`, or that is the root, must exist.
    pub(super) fn make(path: &Path, ours: bool) -> Result<Self, OpenFailure> {
        let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
            // The path ends with `..`, or is the root. Only the kernel knows the name of such a folder.
            return Ok(Self::existing(path, ours)?);
        };
        let flags = OFlags::DIRECTORY | OFlags::PATH | OFlags::CLOEXEC;
        let above = match open(parent, flags, Mode::empty()) {
            Err(Errno::NOENT) => return Err(raced(path, "the folder that it is in was removed")),
            opened => opened.map_err(|error| unopened(parent, error))?,
        };
        match mkdirat(&above, name, PRIVATE) {
            Ok(()) | Err(Errno::EXIST) => {}
            // The path of the parent still leads to the parent, so the file system itself refuses to make folders.
            Err(Errno::NOENT) if leads_to(parent, &above) => return Err(without_folders(path).into()),
            Err(Errno::NOENT) => return Err(raced(path, "the folder that it is in was removed")),
            Err(error) => return Err(unmade(path, error.into()).into()),
        }
        match openat(&above, name, OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty()) {
            Err(Errno::NOENT) => Err(raced(path, "its folder was removed")),
            opened => Ok(Self::checked(opened.map_err(|error| unopened(path, error))?, path, ours)?),
        }
    }

    /// Opens the folder at `path`. Fails if the folder is missing.
    pub(super) fn existing(path: &Path, ours: bool) -> Result<Self> {
        Self::checked(open_folder(path).map_err(|error| unopened(path, error))?, path, ours)
    }

    /// Refuses a folder of another user, a folder in which other users have any right, and a folder on a file system
    /// that does not keep locks and mappings coherent. Otherwise returns the [`Folder`].
    fn checked(fd: OwnedFd, path: &Path, ours: bool) -> Result<Self> {
        let folder = Self { fd, path: path.to_owned(), ours, part_locks: OnceLock::new() };
        check_private(&folder.path, &stat(&folder.fd, &folder.path)?, 0o077)?;
        check_file_system(&folder)?;
        Ok(folder)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn fd(&self) -> &OwnedFd {
        &self.fd
    }

    pub(super) fn is_ours(&self) -> bool {
        self.ours
    }

    /// Whether the path still leads to this folder.
    pub(super) fn is_there(&self) -> bool {
        self.is_at(&self.path)
    }

    /// Whether `path` leads to this folder, possibly through a link or a mount.
    pub(super) fn is_at(&self, path: &Path) -> bool {
        leads_to(path, &self.fd)
    }

    /// Whether the folder is on tmpfs.
    pub(super) fn is_in_memory(&self) -> bool {
        rustix::fs::fstatfs(&self.fd).is_ok_and(|system| system.f_type as u32 == 0x0102_1994)
    }

    /// Returns the names in this folder, even if its path leads elsewhere by now.
    pub(super) fn names(&self) -> Result<Vec<String>> {
        let names = entries(&self.fd).map_err(|error| unreadable(&self.path, error))?;
        Ok(names.into_iter().map(|name| name.to_string_lossy().into_owned()).collect())
    }

    /// Takes a shared lock on the folder and on these subfolders, for as long as this `Folder` lives. Programs that
    /// clean up temporary files take an exclusive lock on each folder that they look into, and skip a folder that is
    /// locked. Returns true, or false if a subfolder was removed or replaced.
    pub(super) fn lock_parts(&self, subfolders: &[&str]) -> Result<bool> {
        let cannot = |error| failed(format!("cannot lock the folder {}", self.path.display()), error);
        let shared = |fd: &OwnedFd| retry_on_intr(|| flock(fd, FlockOperation::LockShared));
        shared(&self.fd).map_err(cannot)?;
        let mut kept = Vec::new();
        for name in subfolders {
            let folder =
                match openat(&self.fd, *name, OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty()) {
                    Err(Errno::NOENT) => return Ok(false),
                    Err(Errno::NOTDIR | Errno::LOOP) => return Err(self.misplaced(name)),
                    opened => opened.map_err(cannot)?,
                };
            shared(&folder).map_err(cannot)?;
            // The folder may have been replaced between the open and the lock.
            if !is_named(self, name, &folder) {
                return Ok(false);
            }
            kept.push(folder);
        }
        let _once = self.part_locks.set(kept);
        Ok(true)
    }

    /// Gives back the locks of [`lock_parts`](Self::lock_parts). To close the descriptors would not be enough: a child
    /// process that is being started may have copies of them.
    pub(super) fn unlock_parts(&self) -> Result<()> {
        let cannot = |error| failed(format!("cannot unlock the folder {}", self.path.display()), error);
        let mut locked = std::iter::once(&self.fd).chain(self.part_locks.get().into_iter().flatten());
        locked.try_for_each(|fd| retry_on_intr(|| flock(fd, FlockOperation::Unlock))).map_err(cannot)
    }

    /// Returns whether the folder is locked by a process, as it is while a session has the store open.
    pub(super) fn is_locked(&self) -> Result<bool> {
        let cannot = |error| failed(format!("cannot lock the folder {}", self.path.display()), error);
        let own = openat(&self.fd, ".", OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty()).map_err(cannot)?;
        match retry_on_intr(|| flock(&own, FlockOperation::NonBlockingLockExclusive)) {
            Ok(()) => flock(&own, FlockOperation::Unlock).map(|()| false).map_err(cannot),
            Err(Errno::WOULDBLOCK) => Ok(true),
            Err(error) => Err(cannot(error)),
        }
    }

    /// Makes a subfolder, if it is missing. Fails if something that is not a folder has its name.
    pub(super) fn make_subfolder(&self, name: &str) -> Result<()> {
        match mkdirat(&self.fd, name, PRIVATE) {
            Ok(()) => Ok(()),
            Err(Errno::EXIST) => match statat(&self.fd, name, AtFlags::SYMLINK_NOFOLLOW) {
                Ok(stat) if FileType::from_raw_mode(stat.st_mode) != FileType::Directory => Err(self.misplaced(name)),
                // The entry is a folder, or it was removed after `mkdirat` found it. In the second case, the next call
                // that opens the subfolder reports that it is missing.
                Ok(_) | Err(Errno::NOENT) => Ok(()),
                Err(error) => Err(failed(format!("cannot look at {}/{name}", self.path.display()), error)),
            },
            Err(error) => Err(failed(format!("cannot make {}/{name}", self.path.display()), error)),
        }
    }

    /// Refuses a subfolder in which something has the name of one of the store's folders and is not a folder. Such an
    /// entry could be a symbolic link to another folder of the user, and the store would write into that folder.
    pub(super) fn check_subfolder(&self, name: &str, is_ours: impl Fn(&str) -> bool) -> Result<()> {
        let cannot = |error| failed(format!("cannot read {}/{name}", self.path.display()), error);
        let flags = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let folder = match openat(&self.fd, name, flags, Mode::empty()) {
            Err(Errno::NOENT) => return Ok(()),
            opened => opened.map_err(cannot)?,
        };
        for entry in entries(&folder).map_err(cannot)? {
            let Some(ours) = entry.to_str().filter(|name| is_ours(name)) else { continue };
            let stat = statat(&folder, ours, AtFlags::SYMLINK_NOFOLLOW);
            if stat.is_ok_and(|stat| FileType::from_raw_mode(stat.st_mode) != FileType::Directory) {
                return Err(self.misplaced(&format!("{name}/{ours}")));
            }
        }
        Ok(())
    }

    /// The error for something that has the name of a part of the store, and that this crate did not make.
    pub(super) fn misplaced(&self, name: &str) -> Error {
        let what = format!("{}/{name} is in the place of a part of the store, and is none", self.path.display());
        Error::new(ErrorKind::Corrupt, what).with_remedy("move it away, which the store has not made")
    }

    /// Opens a file in the folder or in a subfolder. Refuses a name whose last part is a symbolic link.
    pub(super) fn open_file(&self, name: &str, flags: OFlags, mode: Mode) -> rustix::io::Result<File> {
        let flags = flags | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        openat(&self.fd, name, flags, mode).map(File::from)
    }

    /// Removes a file, if it is there.
    pub(super) fn remove_file(&self, name: &str) -> Result<()> {
        match unlinkat(&self.fd, name, AtFlags::empty()) {
            Ok(()) | Err(Errno::NOENT) => Ok(()),
            Err(error) => Err(failed(format!("cannot remove {}/{name}", self.path.display()), error)),
        }
    }

    /// Whether this folder is in this user's default base, which this crate makes and removes.
    pub(super) fn base_is_ours(&self) -> bool {
        self.path.parent().is_some_and(|parent| parent == users_base())
    }

    /// Returns the private folders beside this one: stores, remains of stores, and other folders of the user. Leaves
    /// out folders that cannot be opened. Returns an empty list if this folder is the user's (`file:`).
    pub(super) fn neighbours(&self) -> Vec<Self> {
        let Some(parent) = self.path.parent().filter(|_| self.ours) else { return Vec::new() };
        let names = open_folder(parent).and_then(entries).unwrap_or_default();
        let others = names.into_iter().filter(|name| Some(name.as_os_str()) != self.path.file_name());
        others.filter_map(|name| Self::existing(&parent.join(name), true).ok()).collect()
    }
}

/// Fails with `FileSizeLimit` if `length` is more than this process may write into a file. Without this check, the
/// system would end the process with SIGXFSZ at the write.
pub(super) fn refuse_too_long(what: &str, length: u64, remedy: &'static str) -> Result<()> {
    match getrlimit(Resource::Fsize).current {
        Some(most) if length > most => {
            let what =
                format!("{what} takes a file of {length} bytes, and this process may make files of {most} at most");
            Err(Error::new(ErrorKind::FileSizeLimit, what).with_remedy(remedy))
        }
        _ => Ok(()),
    }
}

/// Makes a folder if it is missing, and its missing parents if `with_parents`.
fn make(path: &Path, with_parents: bool) -> Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    match std::fs::DirBuilder::new().recursive(with_parents).mode(0o700).create(path) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(unmade(path, error)),
    }
}

/// The error for a folder that cannot be made.
fn unmade(path: &Path, error: std::io::Error) -> Error {
    let remedy = match error.kind() {
        std::io::ErrorKind::NotFound => "make the folder that it is to be in, or name another place",
        std::io::ErrorKind::NotADirectory => "name a path on which everything but the end is a folder",
        std::io::ErrorKind::ReadOnlyFilesystem => "name a place that can be written",
        _ => return Error::io(format!("cannot make the folder {}", path.display()), error),
    };
    Error::io(format!("cannot make the folder {}", path.display()), error).with_remedy(remedy)
}

/// The error for a file system that cannot make folders, such as `/proc`. There, `mkdir` says that something is
/// missing, although the parent exists.
fn without_folders(path: &Path) -> Error {
    let what =
        format!("no folder can be made at {}: the file system there has only what the system shows", path.display());
    Error::new(ErrorKind::UnsupportedFilesystem, what).with_remedy("use `shm://NAME`, or `file:PATH` on a local disk")
}

/// Opens a folder. Refuses a path whose last name is a symbolic link.
pub(super) fn open_folder(path: &Path) -> rustix::io::Result<OwnedFd> {
    open(path, OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty())
}

/// The error for a folder that cannot be opened.
fn unopened(path: &Path, error: Errno) -> Error {
    match error {
        Errno::LOOP | Errno::NOTDIR => {
            let what = format!("{} is not a folder, or a symbolic link to one", path.display());
            Error::new(ErrorKind::NotPermitted, what).with_remedy("name the folder itself, or another")
        }
        error => failed(format!("cannot open the folder {}", path.display()), error),
    }
}

/// Whether `path` leads to the open folder, possibly through a link or a mount.
fn leads_to(path: &Path, folder: &OwnedFd) -> bool {
    let (here, there) = (rustix::fs::fstat(folder), rustix::fs::stat(path));
    matches!((here, there), (Ok(here), Ok(there)) if here.st_ino == there.st_ino && here.st_dev == there.st_dev)
}

fn stat(folder: &OwnedFd, path: &Path) -> Result<Stat> {
    rustix::fs::fstat(folder.as_fd()).map_err(|error| failed(format!("cannot look at {}", path.display()), error))
}

/// Refuses a folder of another user, or one whose mode gives other users a right in `forbidden`.
fn check_private(path: &Path, stat: &Stat, forbidden: u32) -> Result<()> {
    let me = rustix::process::geteuid().as_raw();
    let refuse = |what: String, remedy: String| Err(Error::new(ErrorKind::NotPermitted, what).with_remedy(remedy));
    if stat.st_uid != me {
        let what = format!("{} belongs to user {}, and this process runs as user {me}", path.display(), stat.st_uid);
        return refuse(what, "open another store, or set `REF_STORE_DIR` to a folder of your own".into());
    }
    if stat.st_mode & forbidden != 0 {
        let what = format!("{} is open to other users (mode {:o})", path.display(), stat.st_mode & 0o777);
        return refuse(what, format!("if its contents can be trusted, `chmod 700 {}`", path.display()));
    }
    Ok(())
}

/// Refuses a folder on a file system whose locks or mappings may not be coherent between hosts.
fn check_file_system(folder: &Folder) -> Result<()> {
    let what = || format!("cannot look at the file system of {}", folder.path.display());
    let kind = rustix::fs::fstatfs(&folder.fd).map_err(|error| failed(what(), error))?.f_type as u32;
    let name = match kind {
        0x6969 => "NFS",
        0x517b | 0xff53_4d42 | 0xfe53_4d42 => "SMB",
        0x6573_5546 => "FUSE",
        0x0102_1997 => "9P",
        0x00c3_6400 => "Ceph",
        0x5346_414f => "AFS",
        0x0bd0_0bd0 => "Lustre",
        0x4750_4653 => "GPFS",
        0x7461_636f => "OCFS2",
        0x0116_1970 => "GFS2",
        _ => return Ok(()),
    };
    let what = format!("{} is on {name}, where locks and mappings are not coherent", folder.path.display());
    Err(Error::new(ErrorKind::UnsupportedFilesystem, what)
        .with_remedy("use `shm://NAME`, or `file:PATH` on a local disk"))
}

/// Returns the names in a folder, without `.` and `..`.
pub(super) fn entries(folder: impl std::os::fd::AsFd) -> rustix::io::Result<Vec<OsString>> {
    use std::os::unix::ffi::OsStringExt as _;
    let own = |name: &[u8]| matches!(name, b"." | b"..");
    let names = Dir::read_from(folder)?.map(|entry| entry.map(|entry| entry.file_name().to_bytes().to_vec()));
    let names = names.filter(|name| !name.as_ref().is_ok_and(|name| own(name)));
    names.map(|name| name.map(OsString::from_vec)).collect()
}

/// Whether the file has no name any more.
pub(super) fn is_removed(file: &File) -> bool {
    rustix::fs::fstat(file).is_ok_and(|stat| stat.st_nlink == 0)
}

/// Whether `name` in the folder is the name of `file`.
pub(super) fn is_named(folder: &Folder, name: &str, file: impl AsFd) -> bool {
    let there = statat(&folder.fd, name, AtFlags::SYMLINK_NOFOLLOW);
    matches!((rustix::fs::fstat(file), there), (Ok(here), Ok(there)) if here.st_ino == there.st_ino && here.st_dev == there.st_dev)
}
