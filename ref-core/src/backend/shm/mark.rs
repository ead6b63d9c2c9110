//! The mark in a ledger's header: the proof that this crate made the file, and that the file is not a copy.
//!
//! The header names the file system and the inode of its own file. A rename keeps both numbers. A copy on the same file
//! system has another inode, which shows that it is a copy. On another file system, the numbers do not tell a copy from
//! a ledger that was moved. For that case, the header also has the path at which a session last opened the store alone.
//! If the store is still at that path, or if no path is known, the ledger is a copy; otherwise it was moved.

use super::folder::Folder;
use super::layout::{FORMAT, HEADER, Header, Layout, MAGIC, PAGE};
use super::map::Map;
use super::names::LEDGER;
use crate::error::{Error, ErrorKind, Result};
use crate::id::StoreId;
use crate::sync::Ordering;
use rustix::fs::{Mode, OFlags, fstat, fstatvfs, lstat, open};
use std::ffi::OsString;
use std::fs::File;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

/// The length in bytes of the longest path that the header has room for.
const LONGEST: usize = PAGE as usize - HEADER;

/// Identifies a file on this machine, by the numbers of its file system and its inode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FileId {
    pub(super) system: u64,
    pub(super) inode: u64,
}

/// The mark of a ledger whose header names its own file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark {
    pub(super) store: StoreId,
    /// Whether the store was made by `shm://NAME`. Such a store is removed after its last session, unless an object in
    /// it outlives the sessions, or a foreign file is in its folder.
    pub(super) named: bool,
}

impl FileId {
    pub(super) fn of(file: &File) -> Result<Self> {
        let cannot = |error: rustix::io::Errno| Error::io("cannot look at the store's ledger", error.into());
        let (stat, system) = (fstat(file).map_err(cannot)?, fstatvfs(file).map_err(cannot)?);
        // The number of the device may change with the next boot. So the number is used only if the file system has
        // none of its own.
        let system = if system.f_fsid == 0 { stat.st_dev } else { system.f_fsid };
        Ok(Self { system, inode: stat.st_ino })
    }
}

impl Mark {
    /// Returns the file's mark, if the file begins as a ledger of this format and its header names this file.
    pub(super) fn of(file: &File) -> Option<Self> {
        let mut words = [0; HEADER];
        file.read_exact_at(&mut words, 0).ok()?;
        let word = |header: Header| header.read(&words);
        let file_id = FileId { system: word(Header::System), inode: word(Header::Inode) };
        let begins = word(Header::Magic) == MAGIC && word(Header::Format) == FORMAT;
        let here = begins && FileId::of(file).is_ok_and(|here| here == file_id);
        here.then(|| Self { store: StoreId(word(Header::Store)), named: word(Header::Named) == 1 })
    }
}

/// Where a ledger comes from.
pub(super) enum Provenance {
    /// The header names the ledger's own file.
    Original,
    /// The ledger was moved here from another file system.
    Moved,
    /// The ledger is a copy of the store that was opened in that folder; `None` if the folder is not known.
    Copy(Option<PathBuf>),
    /// The ledger is also the ledger of the store in that folder: a hard link.
    Shared(PathBuf),
}

impl Provenance {
    pub(super) fn of(file: &File, map: &Map, folder: &Folder) -> Result<Self> {
        let here = FileId::of(file)?;
        // Relaxed: these words are stored only while the ledger's lock is held exclusively.
        let word = |header| map.header(header).load(Ordering::Relaxed);
        let made = FileId { system: word(Header::System), inode: word(Header::Inode) };
        let known = known_path(map);
        if here == made {
            let other = known.filter(|path| is_shared(file) && !folder.is_at(path) && has_ledger(path, file));
            return Ok(other.map_or(Self::Original, Self::Shared));
        }
        let is_still_there = known.as_ref().is_none_or(|path| has_store(path, word(Header::Store), here));
        // Within a file system, a move keeps the inode. So another inode there means a copy.
        Ok(if made.system == here.system || is_still_there { Self::Copy(known) } else { Self::Moved })
    }
}

/// Whether `folder` has a ledger of that store, and that ledger is another file than `here`.
fn has_store(folder: &Path, store: u64, here: FileId) -> bool {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let Ok(file) = open(folder.join(LEDGER), flags, Mode::empty()).map(File::from) else { return false };
    let mut words = [0; HEADER];
    let is_of_store = file.read_exact_at(&mut words, 0).is_ok() && Header::Store.read(&words) == store;
    is_of_store && FileId::of(&file).is_ok_and(|there| there != here)
}

/// Whether the file has more than one name.
fn is_shared(file: &File) -> bool {
    fstat(file).is_ok_and(|stat| stat.st_nlink > 1)
}

/// Whether the ledger in `folder` is this file.
fn has_ledger(folder: &Path, file: &File) -> bool {
    let (there, here) = (lstat(folder.join(LEDGER)), fstat(file));
    matches!((there, here), (Ok(there), Ok(here)) if there.st_ino == here.st_ino && there.st_dev == here.st_dev)
}

/// Returns the path at which a session last opened the store alone, if the header has a path.
fn known_path(map: &Map) -> Option<PathBuf> {
    // Acquire: pairs with the release that published the path's words with their length.
    let length = map.header(Header::PathLength).load(Ordering::Acquire);
    let length = usize::try_from(length).ok().filter(|length| (1..=LONGEST).contains(length))?;
    let words = (0..length.div_ceil(8)).map(|nth| map.path_word(nth).load(Ordering::Relaxed).to_ne_bytes());
    let mut bytes: Vec<u8> = words.flatten().collect();
    bytes.truncate(length);
    Some(OsString::from_vec(bytes).into())
}

/// Notes in the header where the store is: its path, if there is room for it, and which file its ledger is. The caller
/// holds the ledger's exclusive lock. The words are stored through the mapping: if the size of files is limited, a
/// write to the file could end the process.
pub(super) fn note_location(map: &Map, file: &File, path: &Path) -> Result<()> {
    let bytes = path.as_os_str().as_bytes();
    if known_path(map).as_deref() != Some(path) {
        // The length is 0 while the path is written, so that a killed writer leaves no half path.
        map.header(Header::PathLength).store(0, Ordering::Release);
        if bytes.len() <= LONGEST {
            for (nth, part) in bytes.chunks(8).enumerate() {
                let mut word = [0; 8];
                word[..part.len()].copy_from_slice(part);
                map.path_word(nth).store(u64::from_ne_bytes(word), Ordering::Relaxed);
            }
            map.header(Header::PathLength).store(bytes.len() as u64, Ordering::Release);
        }
    }
    // The path is stored first. If a session is killed in between, the next session finds no other ledger of the store
    // at that path. So the next session does not take a ledger from another file system for a copy.
    let here = FileId::of(file)?;
    map.header(Header::Inode).store(here.inode, Ordering::Release);
    map.header(Header::System).store(here.system, Ordering::Release);
    Ok(())
}

/// The error for a store that is a copy.
pub(super) fn copy_refused(path: &Path, of: Option<PathBuf>) -> Error {
    let of = match of {
        None => "another".into(),
        Some(of) if of == path => "the one that was there before".into(),
        Some(of) => format!("the one in {}", of.display()),
    };
    let what = format!("the store in {} is a copy of {of}: both would be taken for one", path.display());
    Error::new(ErrorKind::StoreCopied, what)
        .with_remedy("`StoreOptions::as_copy` makes it a store of its own, which no ticket or key of the other fits")
}

/// The error for a store whose ledger is a hard link to another store's ledger: a change of one would change the other.
pub(super) fn link_refused(path: &Path, with: &Path) -> Error {
    let (path, with) = (path.display(), with.display());
    let what = format!("the ledger in {path} is that of the store in {with}, by a hard link");
    Error::new(ErrorKind::StoreCopied, what)
        .with_remedy("copy the folder without hard links, as `cp -a` does, and open that with `StoreOptions::as_copy`")
}

/// Returns the header of a new ledger in the file that `file_id` names.
pub(super) fn header(layout: Layout, store: StoreId, file_id: FileId, named: bool, boot: u64) -> [u8; HEADER] {
    let mut header = [0; HEADER];
    for (word, value) in [
        (Header::Magic, MAGIC),
        (Header::Format, FORMAT),
        (Header::Store, store.0),
        (Header::Slots, layout.slots.into()),
        (Header::Records, layout.records.into()),
        (Header::Boot, boot),
        (Header::Groups, 1),
        (Header::Named, u64::from(named)),
        (Header::System, file_id.system),
        (Header::Inode, file_id.inode),
        (Header::Cells, layout.cells.into()),
    ] {
        word.write(&mut header, value);
    }
    header
}
