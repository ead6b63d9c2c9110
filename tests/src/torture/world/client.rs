//! A process that opens a store, does all that the handles permit, and closes the store or is killed.

use super::super::Dice;
use super::super::value::{HeldArrays, Numbered};
use super::journal::{self, Journal, note, numbers};
use super::{Part, Place, Violation, World, limits, nothing_open};
use ref_core::{Error, ErrorKind, Key, Owned, Store, StoreOptions};
use std::time::Duration;

/// How long a sent object waits to be claimed.
pub(super) const TRANSIT: Duration = Duration::from_secs(1);
const SIZES: [usize; 6] = [0, 100, 1_000, 3_000, 5_000, 40_000];
/// A process that owns so many objects makes no new one.
const OWNED: usize = 4;

pub(super) struct Client {
    pub(super) world: World,
    pub(super) place: Place,
    pub(super) store: Store,
    pub(super) dice: Dice,
    pub(super) owned: Vec<JournaledOwner>,
    pub(super) held: HeldArrays,
    /// Whether this process changes its working folder, on which its addresses may depend.
    wanders: bool,
    /// Whether this process has a small limit.
    limited: bool,
    seed: u64,
    keys: u64,
}

/// An owner, and the key that the owner's object must have.
pub(super) struct JournaledOwner {
    pub(super) handle: Owned<Numbered>,
    pub(super) key: u64,
    /// The journal of the object, if it was lent or adopted. Only then can other processes change the object or read it
    /// by name.
    pub(super) journal: Option<Journal>,
    pub(super) adopted: Option<Adopted>,
}

/// The name by which an object was adopted, and the name of the adoption in the journal.
pub(super) struct Adopted {
    pub(super) name: Key<Numbered>,
    pub(super) take: String,
}

/// Opens the store of that place, uses it and closes it, again and again. Returns when the file `stop` is there, when a
/// random number says so, or when an opening fails for a full disk or a small limit.
///
/// # Errors
/// A broken promise.
pub fn use_store(place: Place, seed: u64) -> Result<(), Violation> {
    let world = World::of_this_process()?;
    let mut dice = Dice::new(seed);
    let limited = world.has(Part::Limits) && dice.one_in(4);
    let wanders = place == Place::Odd || world.has(Part::Wander) && dice.one_in(3);
    let (early, mut ended) = (dice.one_in(2), false);
    if limited && early {
        limits::lower(&mut dice);
    }
    while !ended {
        let store = match open(&world, place, wanders, RECYCLED) {
            Ok(store) => store,
            Err(error) if world.was_cleaned(place, &error) => return nothing_open(&world),
            Err(error) => {
                return tolerated(&world, limited, "opening", &error, &[]).and_then(|()| nothing_open(&world));
            }
        };
        if limited && !early {
            limits::lower(&mut dice);
        }
        let dice = Dice::new(seed ^ dice.below(u64::MAX >> 34));
        let (world, owned, held) = (world.clone(), Vec::new(), HeldArrays::default());
        let client = Client { world, place, store, dice, owned, held, wanders, limited, seed, keys: 0 };
        ended = client.stay()?;
    }
    Ok(())
}

/// How many bytes of the files that a client removed it writes into again.
pub(super) const RECYCLED: u64 = 1 << 20;

/// Opens a store. Before a relative address is used, the process goes to the folder in which the address is right.
pub(super) fn open(world: &World, place: Place, relative: bool, recycled_bytes: u64) -> Result<Store, Error> {
    if relative {
        std::env::set_current_dir(place.home(world)).expect("the folder that this process began in");
    }
    open_options().recycled_bytes(recycled_bytes).open(&place.address(world, relative))
}

/// Returns the options of small stores, which are quickly made and fit on small disks.
pub(super) fn open_options() -> StoreOptions {
    StoreOptions::new().max_objects(4_096).max_sessions(64).ticket_timeout(TRANSIT)
}

/// Accepts an error of a kind in `fine`, or one that a full disk or a small limit can cause in this run. Any other
/// error is a violation.
pub(super) fn tolerated(
    world: &World,
    limited: bool,
    doing: &str,
    error: &Error,
    fine: &[ErrorKind],
) -> Result<(), Violation> {
    match error.kind() {
        ErrorKind::StoreFull if world.has(Part::Disks) => Ok(()),
        _ if limited && limits::is_reached(error) => Ok(()),
        kind if fine.contains(&kind) => Ok(()),
        kind => Err(format!("{doing} is refused: {kind:?}: {error}")),
    }
}

/// The errors that an owner may get, since other processes hold an object that it lent.
pub(super) const IN_THE_WAY: [ErrorKind; 3] = [ErrorKind::Conflict, ErrorKind::Timeout, ErrorKind::WouldDeadlock];
/// The errors that the holder of a ticket may get, since another process was faster, or the loan or the object is gone.
pub(super) const TOO_LATE: [ErrorKind; 4] =
    [ErrorKind::AlreadyRedeemed, ErrorKind::Expired, ErrorKind::Fenced, ErrorKind::Gone];
/// Like [`TOO_LATE`], for a store that its last process removes: another store of that name may have been made since
/// the ticket was.
pub(super) const ANOTHER_STORE: [ErrorKind; 5] =
    [ErrorKind::AlreadyRedeemed, ErrorKind::Expired, ErrorKind::Fenced, ErrorKind::Gone, ErrorKind::WrongStore];

impl Client {
    /// Does 20 to 419 steps, fewer if the file `stop` is there, and closes the store. Returns whether the process ends
    /// after that.
    fn stay(mut self) -> Result<bool, Violation> {
        for _ in 0..3 {
            self.read_a_name()?;
        }
        for _ in 0..20 + self.dice.below(400) {
            if self.world.is_told("stop") {
                self.close()?;
                return Ok(true);
            }
            self.step()?;
        }
        let ended = self.dice.one_in(3);
        self.close()?;
        Ok(ended)
    }

    fn step(&mut self) -> Result<(), Violation> {
        self.held.check_one(&mut self.dice)?;
        match self.dice.below(20) {
            0..3 if self.owned.len() < OWNED => self.put(),
            3..6 => self.change(),
            6 | 7 => self.lend(),
            8 | 9 => self.borrow(),
            10 => self.send(),
            11..16 if self.place.has_names() => self.by_name(),
            16 => self.wander(),
            17 => {
                std::thread::sleep(Duration::from_micros(self.dice.below(3_000)));
                Ok(())
            }
            _ => self.give_up(),
        }
    }

    /// Judges a refusal, see [`tolerated`].
    pub(super) fn refused(&self, doing: &str, error: &Error, fine: &[ErrorKind]) -> Result<(), Violation> {
        tolerated(&self.world, self.limited, doing, error, fine)
    }

    pub(super) fn has_small_limit(&self) -> bool {
        self.limited
    }

    fn put(&mut self) -> Result<(), Violation> {
        self.keys += 1;
        // `keys` tells the objects of one opening apart. `keys` begins anew at each opening, so the lowest bits are
        // random.
        let key = (self.seed << 20 | self.keys << 10 | self.dice.below(1 << 10)) & (u64::MAX >> 24);
        let size = SIZES[self.dice.below(SIZES.len() as u64) as usize];
        match self.store.put(note(key, 0, size)) {
            Ok(handle) => {
                self.owned.push(JournaledOwner { handle, key, journal: None, adopted: None });
                Ok(())
            }
            Err(error) => self.refused("a new object", &error, &[]),
        }
    }

    pub(super) fn pick(&mut self) -> Option<JournaledOwner> {
        let some = !self.owned.is_empty();
        some.then(|| self.owned.swap_remove(self.dice.below(self.owned.len() as u64) as usize))
    }

    /// Changes an object that this process owns, and flushes the change.
    fn change(&mut self) -> Result<(), Violation> {
        let Some(mut own) = self.pick() else { return Ok(()) };
        let changed = match own.handle.borrow_mut() {
            Err(error) => Err(error),
            Ok(mut value) => {
                self.held.keep(&value, &mut self.dice)?;
                let count = next(own.journal.as_ref(), &value);
                *value = note(own.key, count, value.size());
                own.journal.iter().for_each(|journal| journal.begin(&value));
                Ok(Numbered::clone(&value))
            }
        };
        match changed.and_then(|value| own.handle.flush().map(|()| value)) {
            Ok(value) => own.journal.iter().for_each(|journal| journal.acknowledge(&value)),
            Err(error) => self.refused("an owner's change", &error, &IN_THE_WAY)?,
        }
        self.owned.push(own);
        Ok(())
    }

    /// Changes the working folder, if this process is one that [`wanders`](Client::wanders).
    fn wander(&mut self) -> Result<(), Violation> {
        if self.wanders {
            self.world.go_elsewhere(self.dice.below(3)).map_err(|error| format!("elsewhere: {error}"))?;
        }
        Ok(())
    }

    /// Detaches or drops each object that this process owns, closes the store, and checks that the process has no file
    /// of a store open or mapped.
    fn close(mut self) -> Result<(), Violation> {
        for own in std::mem::take(&mut self.owned) {
            self.leave(own)?;
        }
        let Self { world, store, owned, held, .. } = self;
        drop((owned, store));
        held.check_all()?;
        journal::tally(&world);
        world.tally("stores opened and closed", 1);
        nothing_open(&world)
    }
}

/// Returns the number of the next change of an object, which no process has begun.
fn next(journal: Option<&Journal>, value: &Numbered) -> u64 {
    let story = journal.and_then(Journal::read);
    story.map_or(numbers(value).1 + 1, |story| story.next())
}
