//! Tests that may look at the ledger's own words. At whatever point a session dies, its recovery leaves nothing in the
//! ledger that the session held.

mod audit;
mod cells;
mod crash;
mod holders;
mod hostile;
mod inspected;
mod moments;
mod places;
mod preempt;
mod queue;
mod refused;
mod retired;
mod scenes;

use super::layout::CELL;
use super::open::{Location, open_session};
use super::session::Shm;
use crate::backend::{Backend as _, Caller, Settings};
use crate::error::Result;
use crate::id::{Epoch, ObjectId, Right};
use crate::ledger::{Command, Reply};
use std::panic::Location as Line;

/// Takes two cells.
const OLD: &[u8] = &[b'o'; 200];
/// Takes one cell.
const NEW: &[u8] = &[b'n'; 120];
/// Gives a borrow back. `shm:` counts all borrows that a process has of a record, whatever their loans are.
const RETURN: Command = Command::Return { loan: None };
const RIGHT: Right = Right(7);

/// A new folder, and in it a small store that the first `open` makes.
struct Stage {
    folder: tempfile::TempDir,
    versions: VersionsIn,
}

/// Where a store's versions are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum VersionsIn {
    Files,
    Cells,
    /// In the only cell, if it is free, and otherwise in files.
    Both,
    /// In files, and each session keeps one that was removed.
    Recycled,
}

impl VersionsIn {
    const ALL: [Self; 4] = [Self::Files, Self::Cells, Self::Both, Self::Recycled];
}

impl Stage {
    fn new(versions: VersionsIn) -> Self {
        Self { folder: tempfile::tempdir_in("/dev/shm").unwrap(), versions }
    }

    fn open(&self) -> Shm {
        self.try_open().unwrap()
    }

    /// Opens a session that has a retired file, if the versions are recycled.
    fn open_with_retired(&self) -> Shm {
        let session = self.open();
        if self.versions == VersionsIn::Recycled {
            let object = session.new_object();
            session.ask(object, Command::DropOwner).unwrap();
        }
        session
    }

    fn try_open(&self) -> Result<Shm> {
        // Room for one version.
        self.try_open_with(if self.versions == VersionsIn::Recycled { 250 } else { 0 })
    }

    fn try_open_with(&self, recycled_bytes: u64) -> Result<Shm> {
        let small_value_bytes = Some(match self.versions {
            VersionsIn::Files | VersionsIn::Recycled => 0,
            VersionsIn::Cells => 1 << 16,
            VersionsIn::Both => CELL + 8,
        });
        let settings =
            Settings { max_sessions: 8, max_objects: 8, small_value_bytes, recycled_bytes, ..Settings::default() };
        open_session(&Location::Folder(self.folder.path().join("store")), settings)
    }
}

impl Shm {
    /// Ends the session as the death of its process does: frees the session's locks, and leaves everything else.
    fn die(mut self) {
        if let Some(slot) = self.slot.take() {
            slot.abandon().unwrap();
        }
        self.shared.file.unlock().unwrap();
    }

    fn new_object(&self) -> ObjectId {
        self.put(&[OLD], here()).unwrap().0
    }

    fn ask(&self, object: ObjectId, command: Command) -> Result<Reply> {
        let writes =
            matches!(command, Command::Commit { .. } | Command::Checkpoint { .. } | Command::OwnerCommit { .. });
        self.apply(object, command, if writes { &[NEW] } else { &[] }, here())
    }

    fn lend(&self, object: ObjectId) -> Epoch {
        let Reply::Opened(epoch) = self.ask(object, Command::OpenShared).unwrap() else { panic!("opened") };
        epoch
    }

    fn read_by(&self, object: ObjectId, reader: &Shm) {
        reader.ask(object, Command::RedeemShared { epoch: self.lend(object) }).unwrap();
    }

    fn written_by(&self, object: ObjectId, writer: &Shm) -> Epoch {
        self.ask(object, Command::OpenExclusive { right: RIGHT }).unwrap();
        writer.take_up(object)
    }

    fn take_up(&self, object: ObjectId) -> Epoch {
        match self.ask(object, Command::RedeemExclusive { right: RIGHT }).unwrap() {
            Reply::Exclusive { token, .. } => token,
            other => panic!("{other:?}"),
        }
    }

    fn reserve_all(&self, object: ObjectId) -> Epoch {
        self.ask(object, Command::Reserve).unwrap();
        match self.ask(object, Command::Grant).unwrap() {
            Reply::Exclusive { token, .. } => token,
            other => panic!("{other:?}"),
        }
    }

    fn send_away(&self, object: ObjectId) -> u64 {
        match self.ask(object, Command::Send { right: RIGHT }).unwrap() {
            Reply::Sent { seq } => seq,
            other => panic!("{other:?}"),
        }
    }
}

#[track_caller]
fn here() -> Caller {
    Line::caller()
}
