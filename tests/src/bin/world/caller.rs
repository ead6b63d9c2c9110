//! A process that has workers: calls change its objects, all or nothing, whatever becomes of workers and of files.

use ref_core::{Error, ErrorKind, Owned, Store, StoreOptions, Workers, remote};
use ref_tests::Note;
use ref_tests::torture::world::{Part, Place, Violation, World, mark, nothing_open};
use rustix::process::{Pid, Signal, kill_process};

const CALLS: u64 = 60;

/// Says which build has run, and what it has read.
#[remote]
fn look(note: &Note) -> (u64, u64) {
    (mark(), note.n)
}

/// Says which build has run, and makes one change.
#[remote]
fn grow(note: &mut Note) -> u64 {
    *note = Note::sized(note.n + 1, note.body.len());
    mark()
}

unsafe extern "C" {
    /// `signal` of the operating system.
    safe fn signal(number: i32, handler: extern "C" fn(i32)) -> usize;
}

/// This program goes on after Ctrl-C; its workers have to as well.
extern "C" fn go_on(_: i32) {}

/// Has two workers change objects of a store, until the file `stop` is there.
pub(crate) fn call(place: Place, seed: u64) -> Result<(), Violation> {
    let world = World::of_this_process()?;
    signal(Signal::INT.as_raw(), go_on);
    let wanders = place == Place::Odd || world.has(Part::Wander) && seed.is_multiple_of(2);
    let options = StoreOptions::new().records(4_096).slots(64);
    let store = match options.open(&place.address(&world, wanders)) {
        Ok(store) => store,
        Err(error) => return tolerated(&world, "a caller's opening", &error),
    };
    if wanders {
        world.go_elsewhere(seed / 2 % 3).map_err(|error| format!("elsewhere: {error}"))?;
    }
    match Workers::start(2) {
        Ok(workers) => calls(&world, &store, &workers, seed)?,
        Err(error) => tolerated(&world, "starting workers", &error)?,
    }
    drop(store);
    nothing_open(&world)
}

fn calls(world: &World, store: &Store, workers: &Workers, seed: u64) -> Result<(), Violation> {
    let mut owned: Option<Owned<Note>> = None;
    for nth in 0..CALLS {
        if world.is_told("stop") {
            break;
        }
        let mut mine = match owned.take() {
            Some(mine) => mine,
            None => match store.put(Note::sized((seed & 0xf_ffff) << 24, 100)).map_err(Error::from) {
                Ok(mine) => mine,
                Err(error) => return tolerated(world, "a caller's object", &error),
            },
        };
        one(world, workers, &mut mine)?;
        if nth % 7 == 6 {
            kill_one(workers);
        }
        if nth % 10 != 9 {
            owned = Some(mine);
        }
    }
    Ok(())
}

/// One worker dies while it waits: the next call has another.
fn kill_one(workers: &Workers) {
    if let Some(pid) = workers.idle().first().and_then(|pid| Pid::from_raw(*pid as i32)) {
        let _over = kill_process(pid, Signal::KILL);
    }
}

/// Two calls, with what must be there afterwards.
fn one(world: &World, workers: &Workers, mine: &mut Owned<Note>) -> Result<(), Violation> {
    let before = read(mine)?;
    match look::call(workers, &*mine) {
        Ok((build, _)) if build != mark() => return Err(format!("{} was called, and {build} has run", mark())),
        Ok((_, n)) if n != before => return Err(format!("a worker reads {n}, and its caller {before}")),
        Ok(_) => {}
        Err(error) => tolerated(world, "a call", &error)?,
    }
    let grown = grow::call(workers, &mut *mine);
    let after = read(mine)?;
    match grown {
        Ok(build) if build != mark() => Err(format!("{} was called, and {build} has run", mark())),
        Ok(_) if after != before + 1 => Err(format!("a call was acknowledged, and {before} became {after}")),
        Ok(_) => Ok(()),
        // The change may wait in the owner, for room.
        Err(error) if error.kind() == ErrorKind::StoreFull => tolerated(world, "a change", &error),
        Err(error) if after != before => Err(format!("{:?}, and {before} became {after}", error.kind())),
        Err(error) => tolerated(world, "a change", &error),
    }
}

fn read(mine: &Owned<Note>) -> Result<u64, Violation> {
    match mine.borrow() {
        Ok(note) if note.is_whole() => Ok(note.n),
        Ok(note) => Err(format!("a caller's object is torn: {}", note.n)),
        Err(error) => Err(format!("a caller's object cannot be read: {:?}: {error}", error.kind())),
    }
}

/// A full disk is told; so is a worker that was killed, as this process was to be, and not by Ctrl-C.
fn tolerated(world: &World, doing: &str, error: &Error) -> Result<(), Violation> {
    let text = format!("{doing} is refused: {:?}: {error}", error.kind());
    match error.kind() {
        ErrorKind::StoreFull if world.has(Part::Disks) => Ok(()),
        ErrorKind::WorkerDied if !text.contains("signal 2 ") && text.contains("signal") => Ok(()),
        _ => Err(text),
    }
}
