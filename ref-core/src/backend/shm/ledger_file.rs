//! Making, opening and locking a store's ledger.
//!
//! The `ledger` appears whole: it is made under a random name and linked. Every session holds a shared lock on it for
//! life; whoever gets that lock alone knows that no session lives, and may recover all of them or remove the store.

use super::attach::{Setback, raced};
use super::folder::{Folder, failed, is_named, is_removed};
use super::layout::{Layout, Map};
use crate::error::{Error, ErrorKind, Result};
use crate::id::{Nonce, StoreId};
use crate::sync::{Instant, point};
use rustix::fs::{AtFlags, FallocateFlags, Mode, OFlags, fallocate, linkat};
use rustix::io::{Errno, retry_on_intr};
use std::fs::{File, TryLockError};
use std::time::Duration;

pub(super) const LEDGER: &str = "ledger";
/// How the name of a ledger begins that is being made.
const DRAFT: &str = "ledger.";
const PATIENCE: Duration = Duration::from_secs(30);

/// An opened ledger, locked.
pub(super) struct LedgerFile {
    pub(super) file: File,
    pub(super) map: Map,
    /// Nobody else has it open: everything in it is from the dead.
    pub(super) alone: bool,
}

/// Opens the folder's ledger, making it when there is none.
pub(super) fn open(folder: &Folder, layout: Layout) -> Result<LedgerFile, Setback> {
    let replaced = || raced(folder.path(), "its ledger was removed or replaced");
    let file = match open_existing(folder)? {
        Some(file) => file,
        None => {
            refuse_strangers(folder)?;
            create(folder, layout)?;
            open_existing(folder)?.ok_or_else(replaced)?
        }
    };
    let alone = lock(&file)?;
    if is_removed(&file) || !is_named(folder, LEDGER, &file) || !folder.is_there() {
        return Err(replaced());
    }
    Ok(LedgerFile { map: Map::open(&file)?, file, alone })
}

/// Refuses a folder with something in it that no store made. The ledger is looked for again after the look at the
/// names: a store that another process has made meanwhile is no stranger.
fn refuse_strangers(folder: &Folder) -> Result<(), Setback> {
    let strange = folder.names()?.into_iter().find(|name| !name.starts_with("ledger"));
    match strange {
        None => Ok(()),
        Some(_) if exists(folder) => Ok(()),
        Some(_) if !folder.is_there() => Err(raced(folder.path(), "its folder was removed")),
        Some(name) => {
            let what = format!("{} has other things in it, such as `{name}`, and no store", folder.path().display());
            Err(Error::new(ErrorKind::Corrupt, what).with_remedy("give the store a folder of its own").into())
        }
    }
}

/// The ledger of a store that no session has open, locked alone; `None` when it is in use or there is none.
pub(super) fn open_alone(folder: &Folder) -> Result<Option<LedgerFile>> {
    let Some(file) = open_existing(folder)? else { return Ok(None) };
    match file.try_lock() {
        Ok(()) if is_removed(&file) => Ok(None),
        Ok(()) => Ok(Some(LedgerFile { map: Map::open(&file)?, file, alone: true })),
        Err(_) => Ok(None),
    }
}

pub(super) fn exists(folder: &Folder) -> bool {
    open_existing(folder).is_ok_and(|file| file.is_some())
}

fn open_existing(folder: &Folder) -> Result<Option<File>> {
    match folder.open_file(LEDGER, OFlags::RDWR, Mode::empty()) {
        Ok(file) => Ok(Some(file)),
        Err(Errno::NOENT) => Ok(None),
        Err(error) => Err(failed("cannot open the store's ledger", error)),
    }
}

/// Takes the session's lock; answers whether nobody else has one.
fn lock(file: &File) -> Result<bool> {
    let unlockable = |error| Error::io("cannot lock the store's ledger", error);
    let until = Instant::now() + PATIENCE;
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

/// From the lock of one who is alone to that of a session among others.
pub(super) fn share(file: &File) -> Result<()> {
    loop {
        match file.lock_shared() {
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            locked => return locked.map_err(|error| Error::io("cannot lock the store's ledger", error)),
        }
    }
}

fn create(folder: &Folder, layout: Layout) -> Result<()> {
    let name = format!("{DRAFT}{:016x}", Nonce::random()?.right().0);
    let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL;
    let file = folder
        .open_file(&name, flags, Mode::RUSR | Mode::WUSR)
        .map_err(|error| failed("cannot make the store's ledger", error))?;
    let made = fill(&file, layout).and_then(|()| publish(folder, &name));
    let removed = folder.remove_file(&name);
    made.and(removed)
}

/// Removes what makers of a ledger left that were killed, or that came second.
pub(super) fn remove_drafts(folder: &Folder) -> Result<()> {
    folder.names()?.iter().filter(|name| name.starts_with(DRAFT)).try_for_each(|name| folder.remove_file(name))
}

fn fill(file: &File, layout: Layout) -> Result<()> {
    let full = |error| {
        let error = failed(format!("cannot reserve {} bytes for the store's ledger", layout.fixed()), error);
        if error.kind() == ErrorKind::StoreFull {
            error.with_remedy("free some space there, or open the store with fewer `records`")
        } else {
            error
        }
    };
    // Older kernels let a signal interrupt it.
    retry_on_intr(|| fallocate(file, FallocateFlags::empty(), 0, layout.fixed())).map_err(full)?;
    file.set_len(layout.length()).map_err(|error| Error::io("cannot size the store's ledger", error))?;
    Map::create(file, layout, StoreId(Nonce::random()?.right().0), super::clock::boot())?;
    point("create.filled");
    Ok(())
}

fn publish(folder: &Folder, name: &str) -> Result<()> {
    match linkat(folder.fd(), name, folder.fd(), LEDGER, AtFlags::empty()) {
        // Somebody else's draft was first; or somebody who found the store made has cleared this one away.
        Ok(()) | Err(Errno::EXIST | Errno::NOENT) => Ok(()),
        Err(error) => Err(failed("cannot publish the store's ledger", error)),
    }
}
