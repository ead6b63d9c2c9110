//! Making, opening and locking a store's ledger.
//!
//! The file `ledger` appears whole: its maker fills it under a random name, and then links it. Every session holds a
//! shared lock on the ledger for as long as the session lives. A process that gets the exclusive lock knows that no
//! session lives. Such a process may recover all sessions or remove the store.

use super::cells;
use super::errors::{OpenFailure, failed, raced, unreserved};
use super::folder::{Folder, is_named, is_removed, refuse_too_long};
use super::inventory::Inventory;
use super::layout::{Header, Layout};
use super::map::Map;
use super::mark::{self, FileId, Mark, Provenance};
use super::names::{DRAFT_PREFIX, LEDGER, is_numbered};
use crate::error::{Error, ErrorKind, Result};
use crate::id::StoreId;
use crate::sync::{Instant, Ordering, point};
use rustix::fs::{AtFlags, FallocateFlags, Mode, OFlags, fallocate, linkat};
use rustix::io::{Errno, pwrite, retry_on_intr};
use std::fs::{File, TryLockError};
use std::time::Duration;

/// How long an opener waits while another process holds the exclusive lock.
const LOCK_TIMEOUT: Duration = Duration::from_secs(30);

/// An opened ledger, with a lock on it.
pub(super) struct LedgerFile {
    pub(super) file: File,
    pub(super) map: Map,
    /// Whether the lock is exclusive. Then no session lives, and all that the ledger says about sessions is about dead
    /// ones.
    pub(super) alone: bool,
}

/// Opens the folder's ledger, and makes it if it is missing. Locks it: exclusively if it is not locked already, and
/// otherwise shared. The refusals are those of `refuse_foreign_files`, `Map::open` and `recognise`. Fails as raced if
/// another process removes or replaces the ledger or its folder meanwhile.
pub(super) fn open(folder: &Folder, layout: Layout, as_copy: bool) -> Result<LedgerFile, OpenFailure> {
    let replaced = || raced(folder.path(), "its ledger was removed or replaced");
    let file = match open_existing(folder)? {
        Some(file) => file,
        None => {
            refuse_foreign_files(folder)?;
            create(folder, layout)?;
            open_existing(folder)?.ok_or_else(replaced)?
        }
    };
    let alone = lock(&file)?;
    if is_removed(&file) || !is_named(folder, LEDGER, &file) || !folder.is_there() {
        return Err(replaced());
    }
    let map = Map::open(&file)?;
    recognise(folder, &file, &map, alone, as_copy)?;
    Ok(LedgerFile { map, file, alone })
}

/// Refuses a ledger that is a hard link to the ledger at the path in its header. Refuses a copy, unless the store is
/// opened as a copy and the lock is exclusive. If the lock is exclusive, allocates the file's holes, gives a copy a
/// number of its own, and notes where the ledger is.
fn recognise(folder: &Folder, file: &File, map: &Map, alone: bool, as_copy: bool) -> Result<()> {
    let is_copy = match Provenance::of(file, map, folder)? {
        Provenance::Shared(with) => return Err(mark::link_refused(folder.path(), &with)),
        Provenance::Copy(of) if !(as_copy && alone) => return Err(mark::copy_refused(folder.path(), of)),
        provenance => matches!(provenance, Provenance::Copy(_)),
    };
    if !alone {
        return Ok(());
    }
    reserve(file, map)?;
    if is_copy {
        // The lock is exclusive: other sessions read the number after they have locked the ledger.
        map.header(Header::Store).store(StoreId::random()?.0, Ordering::Release);
    }
    mark::note_location(map, file, folder.path())
}

/// Allocates the part of the file that its maker allocated, and the planes and cells in use. A copy, or a file from
/// another file system, may have holes where there were zeroes. On a full file system, the first store into a hole would
/// end the process with SIGBUS.
fn reserve(file: &File, map: &Map) -> Result<()> {
    let layout = map.layout();
    let used = u16::try_from(map.header(Header::Groups).load(Ordering::Acquire)).unwrap_or(u16::MAX);
    let planes = (1..used.min(layout.groups())).map(|group| layout.plane(group));
    for (offset, length) in std::iter::once((0, layout.fixed())).chain(planes) {
        set_aside(file, offset, length)
            .map_err(|error| unreserved("cannot reserve the store's ledger, which has holes", error))?;
    }
    let cells = map.header(Header::CellsReserved).load(Ordering::Acquire).min(layout.cells.into());
    if cells > 0 {
        cells::allocate(file, map, 0, cells)
            .map_err(|error| unreserved("cannot reserve the store's cells, which have holes", error))?;
    }
    Ok(())
}

/// Allocates bytes of the file. Repeats the call if a signal interrupts it, as older kernels allow.
fn set_aside(file: &File, offset: u64, length: u64) -> rustix::io::Result<()> {
    retry_on_intr(|| fallocate(file, FallocateFlags::empty(), offset, length))
}

/// Refuses a folder without a ledger if it has foreign files or versions, or if processes have a store open in it. The
/// ledger is looked for again after the names were read: if another process has made the store since the first look,
/// the folder is not refused.
fn refuse_foreign_files(folder: &Folder) -> Result<(), OpenFailure> {
    let inventory = Inventory::of(folder)?;
    let foreign = inventory.foreign.as_ref();
    // A store's subfolders are made after its ledger. So a folder with subfolders and without a ledger has lost the
    // ledger. If the folder is locked, a session still has that store open.
    let in_use = inventory.has_folders() && folder.is_locked()?;
    if foreign.is_none() && !inventory.has_versions() && !in_use || exists(folder)? {
        return Ok(());
    }
    if !folder.is_there() {
        return Err(raced(folder.path(), "its folder was removed"));
    }
    let (folder, corrupt) = (folder.path().display(), |what: String| Error::new(ErrorKind::Corrupt, what));
    Err(match foreign {
        Some(path) => corrupt(format!("{folder} has other things in it, such as `{}`, and no store", path.display()))
            .with_remedy("give the store a folder of its own"),
        None if in_use => corrupt(format!("the ledger in {folder} was removed while processes have the store open"))
            .with_remedy("end those processes, then open it again"),
        None => {
            corrupt(format!("{folder} has values of a store whose ledger was removed: they cannot be read any more"))
                .with_remedy("remove that folder when no process uses it, or open another")
        }
    }
    .into())
}

/// Returns the ledger with its exclusive lock held. Returns `None` if there is no ledger, if its header does not name
/// this file, if the store was not made by its name, if the ledger is locked, or if it was replaced meanwhile.
pub(super) fn lock_alone(folder: &Folder) -> Result<Option<File>> {
    let Some(file) = open_existing(folder)?.filter(|file| Mark::of(file).is_some_and(|mark| mark.named)) else {
        return Ok(None);
    };
    let alone = file.try_lock().is_ok() && is_named(folder, LEDGER, &file);
    Ok(alone.then_some(file))
}

/// Returns whether the folder has a ledger.
pub(super) fn exists(folder: &Folder) -> Result<bool> {
    open_existing(folder).map(|file| file.is_some())
}

/// Opens the folder's ledger. Returns `None` if there is none.
pub(super) fn open_existing(folder: &Folder) -> Result<Option<File>> {
    match folder.open_file(LEDGER, OFlags::RDWR, Mode::empty()) {
        Ok(file) => Ok(Some(file)),
        Err(Errno::NOENT) => Ok(None),
        Err(Errno::LOOP) => {
            let what = format!("{}/{LEDGER} is a symbolic link", folder.path().display());
            Err(Error::new(ErrorKind::NotPermitted, what)
                .with_remedy("open the store that it leads to, by its own folder"))
        }
        Err(Errno::ISDIR | Errno::NXIO) => Err(folder.misplaced(LEDGER)),
        Err(error @ Errno::ROFS) => {
            Err(failed("cannot open the store's ledger", error).with_remedy("have its file system mounted for writing"))
        }
        Err(error) => Err(failed("cannot open the store's ledger", error)),
    }
}

/// Locks the ledger for a session. Returns true if the lock is exclusive, and false if it is shared. Waits while
/// another process has the exclusive lock, and fails with `Timeout` after [`LOCK_TIMEOUT`].
fn lock(file: &File) -> Result<bool> {
    let unlockable = |error| Error::io("cannot lock the store's ledger", error);
    let until = Instant::now() + LOCK_TIMEOUT;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(true),
            Err(TryLockError::Error(error)) => return Err(unlockable(error)),
            Err(TryLockError::WouldBlock) => {}
        }
        match file.try_lock_shared() {
            Ok(()) => return Ok(false),
            Err(TryLockError::Error(error)) => return Err(unlockable(error)),
            Err(TryLockError::WouldBlock) if Instant::now() < until => std::thread::sleep(Duration::from_millis(1)),
            Err(TryLockError::WouldBlock) => {
                let what = "another process is recovering this store and does not come to an end";
                return Err(Error::new(ErrorKind::Timeout, what)
                    .with_remedy("continue or kill the process that is stopped in the middle of it"));
            }
        }
    }
}

/// Turns the exclusive lock into the shared lock of a session.
pub(super) fn share(file: &File) -> Result<()> {
    loop {
        match file.lock_shared() {
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            locked => return locked.map_err(|error| Error::io("cannot lock the store's ledger", error)),
        }
    }
}

/// Makes a ledger under a draft's name, links it, and removes the draft's name. If another process's ledger is linked
/// first, that ledger stays.
fn create(folder: &Folder, layout: Layout) -> Result<()> {
    let remedy = "raise that limit (`ulimit -f`), or open the store with a smaller `max_objects`, `max_sessions` or \
                  `small_value_bytes`";
    refuse_too_long("the store's ledger", layout.length(), remedy)?;
    let store = StoreId::random()?;
    let name = format!("{DRAFT_PREFIX}{:016x}", store.0);
    let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL;
    let file = folder
        .open_file(&name, flags, Mode::RUSR | Mode::WUSR)
        .map_err(|error| failed("cannot make the store's ledger", error))?;
    // The lock tells other processes that the draft's maker lives.
    let _swept_at_once = file.try_lock();
    let made = fill(&file, layout, store, folder.is_ours()).and_then(|()| publish(folder, &name));
    point("create.linked");
    let removed = folder.remove_file(&name);
    if made.is_ok() && !folder.is_there() && is_named(folder, LEDGER, &file) {
        // The link went into a folder that another process had renamed in order to remove the store.
        folder.remove_file(LEDGER)?;
    }
    made.and(removed)
}

/// Removes the drafts whose makers have ended. A draft is a file whose name and mark have the same number. If
/// `empty_too`, an empty file with the name of a draft counts as well.
pub(super) fn remove_drafts(folder: &Folder, empty_too: bool) -> Result<()> {
    for name in folder.names()? {
        let Some(store) = is_numbered(&name, DRAFT_PREFIX) else { continue };
        let Ok(file) = folder.open_file(&name, OFlags::RDONLY | OFlags::NONBLOCK, Mode::empty()) else { continue };
        let Ok(meta) = file.metadata() else { continue };
        let ours = match meta.len() {
            0 => empty_too && meta.is_file(),
            _ => Mark::of(&file).is_some_and(|mark| mark.store == store),
        };
        // If this draft is another name of the ledger itself, its maker was killed before it removed that name. The
        // caller holds the ledger's lock, so the draft is not locked here.
        if ours && (is_named(folder, LEDGER, &file) || file.try_lock().is_ok()) {
            folder.remove_file(&name)?;
        }
    }
    Ok(())
}

/// Writes the header of a draft, allocates the draft's fixed part, and sets its length.
fn fill(file: &File, layout: Layout, store: StoreId, named: bool) -> Result<()> {
    let full = |error| {
        let error = unreserved(format!("cannot reserve {} bytes for the store's ledger", layout.fixed()), error);
        if error.kind() == ErrorKind::StoreFull {
            error.with_remedy("free some space there, or open the store with a smaller `max_objects`")
        } else {
            error
        }
    };
    // The mark is written first. So a draft that is not empty can always be told from a file of the user.
    let header = mark::header(layout, store, FileId::of(file)?, named, super::clock::boot());
    retry_on_intr(|| pwrite(file, &header, 0)).map_err(full)?;
    point("create.marked");
    set_aside(file, 0, layout.fixed()).map_err(full)?;
    file.set_len(layout.length()).map_err(|error| Error::io("cannot size the store's ledger", error))?;
    point("create.filled");
    Ok(())
}

/// Links the draft as the ledger. Does nothing if there is a ledger already, or if the draft was removed.
fn publish(folder: &Folder, name: &str) -> Result<()> {
    match linkat(folder.fd(), name, folder.fd(), LEDGER, AtFlags::empty()) {
        // Either another process's draft was linked first, or another process removed this draft before its maker had
        // locked it. The caller looks for the ledger next.
        Ok(()) | Err(Errno::EXIST | Errno::NOENT) => Ok(()),
        Err(error) => Err(failed("cannot publish the store's ledger", error)),
    }
}
