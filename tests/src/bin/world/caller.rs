//! A process that calls functions in workers. A call changes an object wholly or not at all, even if workers are killed
//! or files are removed.

use ref_core::{Error, ErrorKind, Owned, Store, StoreOptions, Workers, remote};
use ref_tests::torture::Numbered;
use ref_tests::torture::world::{Part, Place, Violation, World, is_reached, lower_for_children, mark, nothing_open};
use rustix::process::{Pid, Signal, kill_process};

const CALLS: u64 = 60;
const SIZES: [usize; 2] = [100, 40_000];

/// Returns the number of the build that runs this function, and the number in the note.
#[remote]
fn look(note: &Numbered) -> (u64, u64) {
    (mark(), note.n)
}

/// Changes the note once, and returns the number of the build that runs this function.
#[remote]
fn grow(note: &mut Numbered) -> u64 {
    *note = Numbered::sized(note.n + 1, note.size());
    mark()
}

unsafe extern "C" {
    /// `signal` of the operating system.
    safe fn signal(number: i32, handler: extern "C" fn(i32)) -> usize;
}

/// The handler of Ctrl-C: this program goes on, and its workers must go on as well.
extern "C" fn go_on(_: i32) {}

/// Calls a function that reads an object and a function that changes the object, in two workers. Makes up to `CALLS`
/// rounds of these calls, fewer if the file `stop` is there.
pub(crate) fn call(place: Place, seed: u64) -> Result<(), Violation> {
    let world = World::of_this_process()?;
    signal(Signal::INT.as_raw(), go_on);
    let caller = Caller { limited: world.has(Part::Limits) && seed.is_multiple_of(5), seed, world };
    if caller.limited {
        lower_for_children(seed);
    }
    caller.live(place)?;
    nothing_open(&caller.world)
}

struct Caller {
    world: World,
    /// Whether this process and its workers have a small limit.
    limited: bool,
    seed: u64,
}

impl Caller {
    fn live(&self, place: Place) -> Result<(), Violation> {
        let wanders = place == Place::Odd || self.world.has(Part::Wander) && self.seed.is_multiple_of(2);
        let options = StoreOptions::new().max_objects(4_096).max_sessions(64);
        let store = match options.open(&place.address(&self.world, wanders)) {
            Ok(store) => store,
            Err(error) if self.world.was_cleaned(place, &error) => return Ok(()),
            Err(error) => return self.tolerated("a caller's opening", &error),
        };
        if wanders {
            self.world.go_elsewhere(self.seed / 2 % 3).map_err(|error| format!("elsewhere: {error}"))?;
        }
        match Workers::start(2) {
            Ok(workers) => self.calls(&store, &workers),
            Err(error) => self.tolerated("starting workers", &error),
        }
    }

    fn calls(&self, store: &Store, workers: &Workers) -> Result<(), Violation> {
        let mut owned: Option<Owned<Numbered>> = None;
        for nth in (0..CALLS).take_while(|_| !self.world.is_told("stop")) {
            let new = || store.put(Numbered::sized((self.seed & 0xf_ffff) << 24, SIZES[nth as usize / 10 % 2]));
            let mut mine = match owned.take().map_or_else(new, Ok) {
                Ok(mine) => mine,
                Err(error) => return self.tolerated("a caller's object", &error),
            };
            self.one(workers, &mut mine)?;
            self.world.tally("calls", 2);
            if nth % 7 == 6 {
                kill_one(workers);
            }
            if nth % 10 != 9 {
                owned = Some(mine);
            }
        }
        Ok(())
    }

    /// Makes two calls, and compares the object with the value that it must have afterwards.
    fn one(&self, workers: &Workers, mine: &mut Owned<Numbered>) -> Result<(), Violation> {
        let Some(before) = self.read(mine)? else { return Ok(()) };
        match look::call(workers, &*mine) {
            Ok((build, _)) if build != mark() => return Err(format!("{} was called, and {build} has run", mark())),
            Ok((_, n)) if n != before => return Err(format!("a worker reads {n}, and its caller {before}")),
            Ok(_) => {}
            Err(error) => self.tolerated("a call", &error)?,
        }
        let grown = grow::call(workers, &mut *mine);
        let Some(after) = self.read(mine)? else { return Ok(()) };
        match grown {
            Ok(build) if build != mark() => Err(format!("{} was called, and {build} has run", mark())),
            Ok(_) if after != before + 1 => Err(format!("a call was acknowledged, and {before} became {after}")),
            Ok(_) => Ok(()),
            // On a full disk, or at a small limit, the owner keeps the change, and writes it later.
            Err(error) if after != before && !self.lacks(&error) => {
                Err(format!("{:?}, and {before} became {after}", error.kind()))
            }
            Err(error) => self.tolerated("a change", &error),
        }
    }

    fn read(&self, mine: &Owned<Numbered>) -> Result<Option<u64>, Violation> {
        match mine.borrow() {
            Ok(note) if note.is_whole() => Ok(Some(note.n)),
            Ok(note) => Err(format!("a caller's object is torn: {}", note.n)),
            Err(error) => self.tolerated("a caller's look", &error).map(|()| None),
        }
    }

    /// Returns whether the error has one of two causes that this run permits: a full disk, or a small limit of this
    /// process.
    fn lacks(&self, error: &Error) -> bool {
        let full = error.kind() == ErrorKind::StoreFull && self.world.has(Part::Disks);
        full || self.limited && is_reached(error)
    }

    /// Accepts an error about a full disk, a small limit, or a worker that was ended by SIGHUP, SIGKILL or SIGTERM.
    /// Every other error is a violation, also a worker's end by Ctrl-C.
    fn tolerated(&self, doing: &str, error: &Error) -> Result<(), Violation> {
        let text = format!("{doing} is refused: {:?}: {error}", error.kind());
        let signal = text.split("by signal ").nth(1).and_then(|rest| rest.split([' ', ',', ';']).next());
        match error.kind() {
            _ if self.lacks(error) => Ok(()),
            ErrorKind::WorkerDied if matches!(signal, Some("1" | "9" | "15")) => Ok(()),
            _ => Err(text),
        }
    }
}

/// Kills an idle worker, if there is one. A later call gets another worker.
fn kill_one(workers: &Workers) {
    if let Some(pid) = workers.idle().first().and_then(|pid| Pid::from_raw(*pid as i32)) {
        let _over = kill_process(pid, Signal::KILL);
    }
}
