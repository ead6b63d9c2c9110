//! The ledger's own functions under loom: every order of their steps that loom explores, up to a number of preemptions
//! (`cargo xtask loom`).
//!
//! The atomic words of the ledger, the fences and the borrow counts are loom's. Versions are not files but a table in
//! memory, from names to bytes. No session dies here: a death adds no order of memory accesses. Deaths are tested by
//! `tests`, by the tests with real processes and by torture.

mod cells;
mod lent;
mod ownership;
mod unowned;

use super::content::{NewBytes, NextVersion};
use super::denied::{CommandResult, Denied};
use super::dispatch::absent;
use super::folder::Folder;
use super::layout::{Header, Layout};
use super::map::Map;
use super::session::Shm;
use super::shared::SharedStore;
use super::state::Mode;
use super::version;
use super::words::Words;

use crate::backend::{Backend as _, Settings};
use crate::error::ErrorKind;
use crate::id::{Epoch, ObjectId, Right};
use crate::ledger::{Command, Refusal, Reply};
use crate::sync::Ordering;
use crate::sync::plain::AtomicU64;
use loom::cell::UnsafeCell;
use loom::thread::{JoinHandle, spawn};
use std::fs::File;
use std::panic::Location as Line;
use std::path::PathBuf;
use std::sync::Arc;

const OLD: &[u8] = b"old";
const NEW: &[u8] = b"new";
/// Gives a borrow back. `shm:` counts all borrows that a process has of a record, whatever their loans are.
const RETURN: Command = Command::Return { loan: None };
const RIGHT: Right = Right(7);
const OTHER_RIGHT: Right = Right(8);
/// The most preemptions in one order. The environment variable `LOOM_MAX_PREEMPTIONS` sets another number.
const PREEMPTIONS: usize = 3;
const SLOTS: u16 = 4;

/// Runs `act` in every order that loom finds, and prints how many orders there were. Panics if `act` panics in one of
/// them, or if there was only one order.
fn every_order(act: impl Fn(&World) + Send + Sync + 'static) {
    with_slots(SLOTS, act);
}

fn with_slots(slots: u16, act: impl Fn(&World) + Send + Sync + 'static) {
    with_layout(Layout { slots, records: 2, cells: 0 }, act);
}

/// Does what [`every_order`] does, in a store with cells.
fn with_cells(cells: u32, act: impl Fn(&World) + Send + Sync + 'static) {
    with_layout(Layout { slots: SLOTS, records: 2, cells }, act);
}

fn with_layout(layout: Layout, act: impl Fn(&World) + Send + Sync + 'static) {
    let folder = tempfile::tempdir().unwrap();
    let played = Arc::new(AtomicU64::new(0));
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = builder.preemption_bound.or(Some(PREEMPTIONS));
    builder.max_branches = 10_000;
    let count = Arc::clone(&played);
    let path = folder.path().join("store");
    std::os::unix::fs::DirBuilderExt::mode(&mut std::fs::DirBuilder::new(), 0o700).create(&path).unwrap();
    builder.check(move || {
        count.fetch_add(1, Ordering::Relaxed);
        version::forget_all();
        act(&World::new(path.clone(), layout));
        version::forget_all();
    });
    let name = std::thread::current().name().unwrap_or_default().to_owned();
    println!("{name}: {} orders", played.load(Ordering::Relaxed));
    assert!(played.load(Ordering::Relaxed) > 1, "there was nothing to order");
}

/// A store, in one execution of loom.
struct World {
    words: Words,
    layout: Layout,
    folder: PathBuf,
}

impl World {
    fn new(folder: PathBuf, layout: Layout) -> Self {
        let world = Self { words: Words::new(layout), layout, folder };
        world.map().header(Header::Groups).store(1, Ordering::Release);
        world.map().header(Header::CellsReserved).store(layout.cells.into(), Ordering::Release);
        world
    }

    fn map(&self) -> Map {
        Map::of(self.words.clone(), self.layout)
    }

    /// Returns a new session in slot `me`. The session stands for one of another process, though its threads are in
    /// this process.
    fn session(&self, me: u16) -> Arc<Shm> {
        let folder = Folder::existing(&self.folder, false).unwrap();
        let shared = SharedStore::new(self.map(), folder, File::open("/dev/null").unwrap());
        shared.map.slot(me).store(u64::MAX, Ordering::Release);
        Arc::new(Shm::new(shared, None, me, Settings::default()))
    }

    /// Asserts that no reader bit is left, that `objects` records are in use, and that there are as many files.
    fn assert_clean(&self, objects: usize) {
        let shared = &self.session(3).shared;
        for record in shared.used_records() {
            assert_eq!(shared.reader_slots(record).count(), 0, "a bit is left");
        }
        let used = shared.used_records().filter(|record| !record.state().is(Mode::Free)).count();
        assert_eq!(used, objects, "records in use");
        assert_eq!(version::names().len(), objects, "files are left: {:?}", version::names());
    }
}

impl World {
    /// Asserts that this many cells are not free.
    fn assert_cells(&self, used: usize) {
        let shared = &self.session(3).shared;
        assert_eq!(shared.cells().used().filter(|cell| !cell.state().is_free()).count(), used, "cells in use");
    }
}

impl Shm {
    #[track_caller]
    fn put_old(&self) -> ObjectId {
        self.make_object(NewBytes::Pieces(&[OLD]), Line::caller()).unwrap().0
    }

    /// Runs a command by `dispatch`, as `apply` does. Leaves out the checks of the session in `apply`, since the
    /// sessions here have no slot's lock. Also leaves out the fast path, and the repetition after the recovery of dead
    /// sessions.
    #[track_caller]
    fn ask(&self, object: ObjectId, command: Command) -> CommandResult {
        match self.record(object) {
            Some(record) => self.dispatch(object, record, command, NextVersion::Pieces(&[NEW]), Line::caller()),
            None => absent(command),
        }
    }

    #[track_caller]
    fn do_now(&self, object: ObjectId, command: Command) -> Reply {
        self.ask(object, command).unwrap_or_else(|_| panic!("{command:?} was refused"))
    }

    #[track_caller]
    fn lend(&self, object: ObjectId) -> Epoch {
        match self.do_now(object, Command::OpenShared) {
            Reply::Opened(epoch) => epoch,
            other => panic!("{other:?}"),
        }
    }

    #[track_caller]
    fn take_up(&self, object: ObjectId) -> Epoch {
        match self.do_now(object, Command::RedeemExclusive { right: RIGHT }) {
            Reply::Exclusive { token, .. } => token,
            other => panic!("{other:?}"),
        }
    }

    /// Redeems a shared ticket. Returns whether that was granted.
    #[track_caller]
    fn redeem(&self, object: ObjectId, epoch: Epoch) -> bool {
        self.is_granted(object, Command::RedeemShared { epoch })
    }

    #[track_caller]
    fn is_granted(&self, object: ObjectId, command: Command) -> bool {
        match self.ask(object, command) {
            Ok(Reply::Shared { version }) => {
                let bytes = self.shared.versions().read(object.index, version).unwrap();
                assert!([OLD, NEW].contains(&&*bytes), "torn bytes");
                true
            }
            Ok(other) => panic!("{other:?}"),
            Err(_) => false,
        }
    }
}

/// Returns why the command was refused. Panics if it was not refused by the rules.
#[track_caller]
fn refusal(answer: CommandResult) -> Refusal {
    match answer {
        Err(Denied::By(refusal, _)) => refusal,
        Err(Denied::Error(error)) => panic!("{error}"),
        Ok(reply) => panic!("not refused: {reply:?}"),
    }
}

/// The value that is borrowed. Loom fails an execution in which a write of the value and another access to the value
/// are not ordered.
#[derive(Clone)]
struct Value(Arc<UnsafeCell<u32>>);

impl Value {
    fn new() -> Self {
        Self(Arc::new(UnsafeCell::new(0)))
    }

    fn read(&self) {
        // SAFETY: loom fails the execution that has a writer at the same time.
        self.0.with(|value| unsafe { assert!(*value < 100) });
    }

    fn write(&self) {
        // SAFETY: loom fails the execution that has another access at the same time.
        self.0.with_mut(|value| unsafe { *value += 1 });
    }
}

/// Starts a thread that runs `act`, and that stands for a thread of another process.
fn meanwhile<T: 'static>(session: &Arc<Shm>, act: impl FnOnce(&Shm) -> T + 'static) -> JoinHandle<T> {
    let session = Arc::clone(session);
    spawn(move || act(&session))
}
