//! Opening a store, while other processes make, open and leave the same store.
//!
//! An attempt is a chain of steps, and another process may remove the folder or the ledger between any two steps. Such
//! a race is an [`OpenFailure::Raced`], and the attempt is repeated until [`OPEN_TIMEOUT`] is over. Every other failure
//! is returned at once.

use super::clock;
use super::errors::{OpenFailure, beside_damage, raced};
use super::folder::{self, Folder};
use super::layout::{CELL, Header, Layout, MAX_CELLS};
use super::ledger_file::{self, LedgerFile};
use super::map::Map;
use super::mark::Provenance;
use super::names::NAMES;
use super::session::Shm;
use super::shared::SharedStore;
use super::slot::Slot;
use super::state::OwnerKind;
use super::{exit, fork, removal};
use crate::backend::{Backend, Settings, forked};
use crate::error::{Error, ErrorKind, Result};
use crate::sync::{Arc, Instant, Ordering, patience, point};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long an opener repeats its attempt while other processes remove or replace the store.
const OPEN_TIMEOUT: Duration = Duration::from_secs(30);
/// The longest pause between two attempts.
const MAX_PAUSE: Duration = Duration::from_millis(2);

/// How much memory a store may set aside for small values, in bytes for each of its objects, if no setting says so.
const SMALL_BYTES: u64 = 1024;

/// The subfolders of a store's folder.
const PARTS: &[&str] = &["slots", "stage", "obj", NAMES];

/// Where a store is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Location {
    /// `shm://NAME`: a folder of that name in the folder of all `shm://` stores.
    Named(PathBuf),
    /// `file:PATH`: the folder at the user's path.
    Folder(PathBuf),
}

impl Location {
    pub(super) fn path(&self) -> &Path {
        let (Self::Named(path) | Self::Folder(path)) = self;
        path
    }

    pub(super) fn is_named(&self) -> bool {
        matches!(self, Self::Named(_))
    }
}

/// Opens the store at `location`. If there is no store, makes one with the sizes in `settings`, or fails with
/// `StoreRemoved` if `settings` say that the store must exist.
pub(crate) fn open(location: &Location, settings: Settings) -> Result<Arc<dyn Backend>> {
    let session = Arc::new(open_session(location, settings)?);
    exit::register(&session);
    Ok(session)
}

/// Like [`open`], but does not register the session to be ended at the exit of the process.
pub(super) fn open_session(location: &Location, settings: Settings) -> Result<Shm> {
    if !fork::is_original_process() {
        return Err(forked());
    }
    let layout = layout(settings)?;
    let until = Instant::now() + patience(OPEN_TIMEOUT);
    let mut pause = Duration::ZERO;
    loop {
        match attempt(location, layout, settings) {
            Ok(session) => return Ok(session),
            Err(OpenFailure::Refused(error)) => return Err(error),
            // When the time is over, the error of the last attempt is returned.
            Err(OpenFailure::Raced(error)) if Instant::now() >= until => return Err(error),
            Err(OpenFailure::Raced(_)) => std::thread::sleep(pause),
        }
        pause = (pause * 2 + Duration::from_micros(10)).min(MAX_PAUSE);
    }
}

/// Returns the sizes of a store that is made with these settings.
fn layout(settings: Settings) -> Result<Layout> {
    let usual = SMALL_BYTES * u64::from(settings.max_objects);
    let cells = settings.small_value_bytes.unwrap_or(usual) / (CELL + 8);
    Layout::new(settings.max_sessions, settings.max_objects, u32::try_from(cells).unwrap_or(MAX_CELLS).min(MAX_CELLS))
}

/// Tries once: finds the folder, sweeps its neighbours, opens the ledger, and takes a slot.
fn attempt(location: &Location, layout: Layout, settings: Settings) -> Result<Shm, OpenFailure> {
    let folder = find(location, settings)?;
    sweep_neighbours(&folder);
    let LedgerFile { file, map, alone } =
        ledger_file::open(&folder, layout, settings.as_copy).map_err(|failure| blame(&folder, failure))?;
    let shared = SharedStore::new(map, folder, file);
    match shared.enter(alone, settings.ticket_timeout) {
        Ok(slot) => {
            let me = slot.number;
            shared.retired.begin(&shared.folder, me, settings.recycled_bytes)?;
            Ok(Shm::new(shared, Some(slot), me, settings))
        }
        Err(failure) => Err(blame(&shared.folder, failure)),
    }
}

/// Turns the failure into a race if the folder is not at its path any more, since another process has then removed it.
fn blame(folder: &Folder, failure: OpenFailure) -> OpenFailure {
    match failure {
        OpenFailure::Refused(error) if !folder.is_there() => OpenFailure::Raced(error),
        failure => failure,
    }
}

/// Opens the store's folder, which this call makes if it is missing and the store need not exist. If the store must
/// exist, a missing folder or a missing ledger is the error `StoreRemoved`.
fn find(location: &Location, settings: Settings) -> Result<Folder, OpenFailure> {
    let (path, named) = (location.path(), location.is_named());
    if !settings.must_exist {
        let parent = if named { folder::make_base(path) } else { folder::make_parents(path) };
        return parent.and_then(|()| Folder::make(path, named));
    }
    match Folder::existing(path, named) {
        Ok(folder) if ledger_file::exists(&folder)? => Ok(folder),
        Err(error) if !is_not_found(&error) => Err(error.into()),
        Ok(_) | Err(_) => Err(no_store(path).into()),
    }
}

/// The error for a store that must exist and does not exist.
fn no_store(path: &Path) -> Error {
    Error::new(ErrorKind::StoreRemoved, format!("there is no store in {} any more", path.display()))
        .with_remedy("keep a `Store` open for as long as other processes are to find it")
}

/// Whether the system's error is that a file or folder does not exist.
pub(super) fn is_not_found(error: &Error) -> bool {
    let source = std::error::Error::source(error).and_then(|source| source.downcast_ref::<std::io::Error>());
    source.is_some_and(|source| source.kind() == std::io::ErrorKind::NotFound)
}

/// Sweeps each folder beside this one; see [`sweep`].
fn sweep_neighbours(folder: &Folder) {
    for neighbour in folder.neighbours() {
        // A neighbour that cannot be swept is left to the next process that opens a store beside it.
        let _next_time = sweep(neighbour);
    }
}

/// Removes the neighbour's store if it was made by its name, no process uses it, and no object in it outlives the
/// sessions. Completes a removal that was killed. If the neighbour has no ledger, removes what a killed maker of a
/// store left in it.
fn sweep(neighbour: Folder) -> Result<()> {
    if !ledger_file::exists(&neighbour)? {
        return neighbour.remove_unfinished_store();
    }
    let Some(file) = ledger_file::lock_alone(&neighbour)? else { return Ok(()) };
    if neighbour.clear_if_removed(&file)? {
        return Ok(());
    }
    let map = Map::open(&file)?;
    if matches!(Provenance::of(&file, &map, &neighbour)?, Provenance::Shared(_)) {
        return Ok(());
    }
    let shared = SharedStore::new(map, neighbour, file);
    let finished = shared.remove_if_finished();
    let unlocked = shared.file.unlock().map_err(|error| Error::io("cannot unlock a neighbour's ledger", error));
    finished.and(unlocked)
}

impl SharedStore {
    /// Makes the store's subfolders, recovers dead sessions, and takes a slot. The caller holds the ledger's lock,
    /// which is exclusive if `alone` and otherwise shared. When this returns the slot, the lock is shared.
    fn enter(&self, alone: bool, transit: Duration) -> Result<Slot, OpenFailure> {
        PARTS.iter().try_for_each(|part| self.folder.make_subfolder(part))?;
        if !self.folder.lock_parts(PARTS)? {
            return Err(raced(self.folder.path(), "parts of it are being removed"));
        }
        if alone {
            ledger_file::remove_drafts(&self.folder, true)?;
            removal::check_subfolders(&self.folder)?;
            beside_damage(self.restore_locks())?;
            beside_damage(self.recover_all(None).1)?;
            self.next_boot(transit);
        }
        let slot = self.claim_slot()?;
        if alone {
            // The kernel releases the exclusive lock before it takes the shared one. In between, another process may
            // have found the store unused and removed it.
            ledger_file::share(&self.file)?;
            if !self.folder.is_there() {
                return Err(raced(self.folder.path(), "the last process to leave it removes it"));
            }
        }
        self.recover_some_dead(slot.number)?;
        Ok(slot)
    }

    /// If the machine has booted since a session last called this, gives every object in transit and every object with a
    /// time a new deadline, since deadlines count from boot.
    fn next_boot(&self, transit: Duration) {
        let (word, boot) = (self.map.header(Header::Boot), clock::boot());
        if word.load(Ordering::Acquire) == boot {
            return;
        }
        let in_transit = self.used_records().filter(|record| record.owner().kind() == OwnerKind::Transit);
        in_transit.for_each(|record| record.set_deadline(clock::Deadline::after(transit)));
        self.carry_times();
        point("boot.noted");
        // The boot is stored last: if this process is killed before that, the next process that opens the store alone
        // sets all deadlines of objects in transit again.
        word.store(boot, Ordering::Release);
        // A time of this boot is noted only behind that: before, it would count as one of the earlier boot.
        if self.used_records().any(|record| record.owner().is_timed()) {
            self.note_clock();
        }
    }
}
