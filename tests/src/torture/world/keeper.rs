//! Keepers: processes that have a store open from the first moment to the last, and are never killed. An object that a
//! keeper owns or lends must be there all the time. An object that a keeper detaches must be there until another
//! process removes or adopts it.

use super::super::{Dice, Numbered};
use super::client::{RECYCLED, open, tolerated};
use super::journal::{self, Journal, note};
use super::{Part, Place, Violation, World, nothing_open};
use ref_core::{Error, ErrorKind, Exclusive, Lease, LoanEndCause, Owned, Store};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// A keeper makes new objects with a name until there are so many.
const NAMES: usize = 24;
/// How long a lease is held: longer than the age at which cleaners remove a file.
const HELD: Duration = Duration::from_millis(1_400);

struct Keeper {
    world: World,
    place: Place,
    store: Store,
    dice: Dice,
    seed: u64,
    made: u64,
}

/// Keeps the store of that place open, in three sessions, and uses the store until the file `leave` is there.
///
/// # Errors
/// A broken promise.
pub fn keep(place: Place, seed: u64) -> Result<(), Violation> {
    let world = World::of_this_process()?;
    let wanders = world.has(Part::Wander);
    let over = AtomicBool::new(false);
    let begin = || open(&world, place, wanders, RECYCLED).map_err(|error| format!("a keeper's opening: {error:?}"));
    let (store, lenders, borrowers) = (begin()?, begin()?, begin()?);
    if wanders {
        world.go_elsewhere(seed).map_err(|error| format!("elsewhere: {error}"))?;
    }
    let mut keeper = Keeper { world: world.clone(), place, store, dice: Dice::new(seed), seed, made: 0 };
    keeper.supply()?;
    world.tell(&format!("kept-{}", place.name()));
    let kept = std::thread::scope(|scope| {
        let pair = scope.spawn(|| lend_for_long(&world, &lenders, &borrowers, seed, &over));
        let kept = keeper.keep();
        over.store(true, Ordering::Release);
        pair.join().map_err(|_| "a keeper's thread has panicked".to_owned())?.and(kept)
    });
    drop((keeper, lenders, borrowers));
    journal::tally(&world);
    kept.and_then(|()| nothing_open(&world))
}

/// Makes a store, with detached objects in it if the place has names, and closes it.
///
/// # Errors
/// A broken promise.
pub fn prepare(place: Place, seed: u64) -> Result<(), Violation> {
    let world = World::of_this_process()?;
    let store = open(&world, place, false, 0).map_err(|error| format!("a new store: {error:?}"))?;
    let mut keeper = Keeper { world, place, store, dice: Dice::new(seed), seed, made: 0 };
    if place.has_names() { keeper.supply() } else { Ok(()) }
}

/// Lends an object from one session of this process to another, again and again. No process dies, so no loan may end by
/// a death.
fn lend_for_long(
    world: &World,
    lender: &Store,
    borrower: &Store,
    seed: u64,
    over: &AtomicBool,
) -> Result<(), Violation> {
    let mut owned = new(world, lender, note(seed << 20, 0, 100))?;
    let mut count = 0;
    while !over.load(Ordering::Acquire) {
        let lent = owned.lend_mut().and_then(|loan| {
            let lease = borrower.redeem(loan.ticket()?)?;
            std::thread::sleep(HELD);
            let committed = commit(lease, seed << 20, count);
            Ok((committed, loan.end()?))
        });
        match lent {
            Ok((Ok(now), ended)) if ended.cause == LoanEndCause::Returned && ended.committed.is_some() => count = now,
            Ok((committed, ended)) => {
                return Err(format!(
                    "a living borrower's commit is {committed:?}, and its loan's end {:?}",
                    ended.cause
                ));
            }
            Err(error) => tolerated(world, false, "a keeper's loan", &error, &[])?,
        }
        match owned.borrow() {
            Ok(value) if *value == note(seed << 20, count, 100) => {}
            Ok(value) => return Err(format!("a keeper's object has {}, not change {count}", value.n & 0xff_ffff)),
            Err(error) => return Err(format!("a keeper's object cannot be read: {:?}: {error}", error.kind())),
        }
    }
    Ok(())
}

/// Commits the next value. Each time that the disk is full, tries the value after that. Returns the count of the
/// committed value.
fn commit(mut lease: Lease<Numbered, Exclusive>, key: u64, count: u64) -> Result<u64, Error> {
    let mut next = count + 1;
    loop {
        *lease.borrow_mut()? = note(key, next, 100);
        match lease.commit_or_return() {
            Ok(_) => return Ok(next),
            Err(refused) if refused.error.kind() == ErrorKind::StoreFull => lease = refused.handle,
            Err(refused) => return Err(refused.into()),
        }
        next += 1;
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Makes an object, and tries again until there is room.
fn new(world: &World, store: &Store, value: Numbered) -> Result<Owned<Numbered>, Violation> {
    loop {
        match store.put(value.clone()) {
            Ok(owned) => return Ok(owned),
            Err(error) => tolerated(world, false, "a keeper's new object", &error, &[])?,
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

impl Keeper {
    fn keep(&mut self) -> Result<(), Violation> {
        let mut mine = new(&self.world, &self.store, note(self.seed << 20 | 1, 0, 5_000))?;
        let mut count = 0;
        while !self.world.is_told("leave") {
            if !self.world.is_told("stop") {
                self.supply()?;
            }
            for journal in Journal::all(&self.world, self.place) {
                if self.dice.one_in(6) {
                    self.check(&journal)?;
                }
            }
            self.change(&mut mine, &mut count)?;
            std::thread::sleep(Duration::from_millis(self.dice.below(40)));
        }
        Ok(())
    }

    /// Makes objects with a name until the store has [`NAMES`] of them.
    fn supply(&mut self) -> Result<(), Violation> {
        for _ in Journal::all(&self.world, self.place).len()..NAMES {
            self.made += 1;
            let value = note(self.seed << 20 | (self.made + 1), 0, [0, 100, 5_000, 40_000][self.made as usize % 4]);
            let mut owned = new(&self.world, &self.store, value.clone())?;
            loop {
                match owned.detach_or_return() {
                    Ok(name) => break drop(Journal::of_name(&self.world, self.place, &name, &value)),
                    Err(refused) => {
                        tolerated(&self.world, false, "a keeper's leaving", &refused.error, &[])?;
                        owned = refused.handle;
                    }
                }
            }
        }
        Ok(())
    }

    /// Reads an object with a name, and closes its journal if the object is rightly gone.
    fn check(&mut self, journal: &Journal) -> Result<(), Violation> {
        let Some((before, name)) = journal.read().and_then(|story| story.name().map(|name| (story, name))) else {
            return Ok(());
        };
        match self.store.get(&name) {
            Ok(value) => journal.judge(&before, &value, "a keeper"),
            Err(error) if error.kind() == ErrorKind::Gone => journal.judge_gone("a keeper").map(|()| journal.close()),
            Err(error) => tolerated(&self.world, false, "a keeper by name", &error, &[ErrorKind::Conflict]),
        }
    }

    /// Checks that `mine`, which no other process knows, has its last change, and changes the object again.
    fn change(&mut self, mine: &mut Owned<Numbered>, count: &mut u64) -> Result<(), Violation> {
        let key = self.seed << 20 | 1;
        match mine.borrow_mut() {
            Ok(mut value) if *value == note(key, *count, 5_000) => {
                *count += 1;
                *value = note(key, *count, 5_000);
            }
            Ok(value) => return Err(format!("a keeper's own has {}, not change {count}", value.n & 0xff_ffff)),
            Err(error) => return Err(format!("a keeper's own cannot be changed: {:?}: {error}", error.kind())),
        }
        match mine.flush().and_then(|()| mine.unload()) {
            Ok(()) => Ok(()),
            Err(error) => tolerated(&self.world, false, "a keeper's flush", &error, &[]),
        }
    }
}
