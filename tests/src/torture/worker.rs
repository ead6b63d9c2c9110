//! One tortured process.

use super::Dice;
use super::oracle::{Oracle, Violation, Witness};
use super::timed::Timed;
use super::value::{HeldArrays, Numbered};
use ref_core::{
    Error, ErrorKind, Exclusive, Key, Lease, Loan, ObjectId, Owned, Ownership, Refused, Shared, Store, StoreOptions,
    Ticket,
};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The board has room for this many tickets of each kind.
const CELLS: u64 = 24;
const SIZES: [usize; 6] = [0, 100, 1_000, 3_000, 5_000, 40_000];

pub(super) struct Worker {
    pub(super) base: PathBuf,
    pub(super) store: Store,
    pub(super) oracle: Oracle,
    pub(super) dice: Dice,
    pub(super) owned: Vec<KeyedOwner>,
    pub(super) timed: Vec<Timed>,
    pub(super) held: HeldArrays,
    seed: u64,
    keys: u64,
}

/// An owner, and the key that the owner's object must have.
pub(super) struct KeyedOwner {
    pub(super) handle: Owned<Numbered>,
    pub(super) key: u64,
    /// The name by which the object was adopted; `None` if the object was not adopted, or after the revoke of a loan
    /// that gave the object another name.
    pub(super) name: Option<Key<Numbered>>,
}

/// Does random steps in the store below `base` until the file `stop` is there. Returns how many steps it did.
pub fn work(base: &Path, seed: u64) -> Result<u64, Violation> {
    let mut worker = Worker {
        base: base.to_owned(),
        // Of two processes, one writes into the files of versions that it removed.
        store: open_with((seed % 2) << 20)?,
        oracle: Oracle::new(base),
        dice: Dice::new(seed),
        owned: Vec::new(),
        timed: Vec::new(),
        held: HeldArrays::default(),
        seed,
        keys: 0,
    };
    let mut steps = 0;
    while !base.join("stop").exists() {
        worker.step()?;
        steps += 1;
    }
    while let Some(owned) = worker.owned.pop() {
        worker.end(owned);
    }
    let Worker { store, held, .. } = worker;
    drop(store);
    held.check_all()?;
    Ok(steps)
}

/// Recovers all dead sessions of the store, removes the detached objects, and closes the store. Returns how many objects
/// go by themselves: those in transit, and those with a time. Other objects or sessions are a violation, and so is a name
/// whose object no living process has ended and that is not there.
pub fn visit(base: &Path) -> Result<u64, Violation> {
    let unseen = |error| format!("the store cannot be seen: {error}");
    let store = open()?;
    store.reap().map_err(unseen)?;
    super::names::remove_all(&store, base)?;
    let entries = store.objects().map_err(unseen)?;
    let go = entries.iter().filter(|entry| entry.time_left.is_some()).count() as u64;
    let seen = store.stats().map_err(unseen)?;
    if seen.objects != go || seen.sessions != 1 {
        return Err(format!("another session is still there, or an object of a dead one: {seen:?}"));
    }
    let versions = crate::scene::versions(&base.join("stores/torture"));
    if versions as u64 != seen.objects {
        return Err(format!("there are {versions} versions of {} objects", seen.objects));
    }
    Ok(go)
}

pub(super) fn open() -> Result<Store, Violation> {
    open_with(0)
}

fn open_with(recycled_bytes: u64) -> Result<Store, Violation> {
    let options = StoreOptions::new().ticket_timeout(Duration::from_secs(1)).recycled_bytes(recycled_bytes);
    let opened = options.open("shm://torture");
    opened.map_err(|error| format!("the store cannot be opened: {error}"))
}

/// Accepts a refusal that an owner may get: its loan is still held, perhaps by a lease that this process forgot. Every
/// other refusal is a violation, since no process takes an owner's object away.
pub(super) fn in_the_way(error: &Error) -> Result<(), Violation> {
    match error.kind() {
        ErrorKind::Conflict | ErrorKind::Timeout | ErrorKind::WouldDeadlock => Ok(()),
        _ => Err(format!("an owner is refused: {error:?}")),
    }
}

/// Accepts a refusal that the holder of a ticket may get: another process was faster, or the loan or the object is
/// gone. Every other refusal is a violation.
fn too_late(error: &Error) -> Result<(), Violation> {
    match error.kind() {
        ErrorKind::AlreadyRedeemed | ErrorKind::Expired | ErrorKind::Fenced | ErrorKind::Gone => Ok(()),
        _ => Err(format!("a ticket's holder is refused: {error:?}")),
    }
}

fn damaged(error: Error) -> Violation {
    format!("an array cannot be changed: {error:?}")
}

fn no_ticket(error: Error) -> Violation {
    format!("there is no ticket: {error:?}")
}

/// Reads a line with the key of an object, and its ticket or name.
pub(super) fn keyed<T: std::str::FromStr<Err = Error>>(line: &str) -> Result<(u64, T), Violation> {
    let (key, pass) = line.split_once(' ').ok_or_else(|| format!("torn: {line}"))?;
    let key = key.parse().map_err(|_| format!("torn: {line}"))?;
    Ok((key, pass.parse().map_err(|error| format!("{pass} does not parse: {error:?}"))?))
}

/// Returns the key of the `nth` object of the process with the seed `seed`. No other object has this key.
pub(super) fn fresh_key(seed: u64, nth: u64) -> u64 {
    seed << 20 | nth
}

impl Worker {
    fn step(&mut self) -> Result<(), Violation> {
        self.held.check_one(&mut self.dice)?;
        match self.dice.below(20) {
            0 | 1 if self.owned.len() < 4 => self.put(),
            2 => self.claim(),
            3 | 4 => self.change(),
            5 | 6 => self.lend(),
            7 => self.lend_mut(),
            8 | 9 => self.read(),
            10 => self.write(),
            11..15 => self.by_name(),
            15..19 => self.by_time(),
            _ if self.dice.one_in(8) => self.put_for(),
            _ => self.give_up(),
        }
    }

    fn put(&mut self) -> Result<(), Violation> {
        let key = self.fresh_key();
        let size = SIZES[self.dice.below(SIZES.len() as u64) as usize];
        match self.store.put(Numbered::sized(key << 24, size)) {
            Ok(handle) => self.owned.push(KeyedOwner { handle, key, name: None }),
            Err(refused) => return Err(format!("an object cannot be made: {:?}", refused)),
        }
        Ok(())
    }

    pub(super) fn fresh_key(&mut self) -> u64 {
        self.keys += 1;
        fresh_key(self.seed, self.keys)
    }

    fn pick(&mut self) -> Option<KeyedOwner> {
        let some = !self.owned.is_empty();
        some.then(|| self.owned.swap_remove(self.dice.below(self.owned.len() as u64) as usize))
    }

    /// Changes an owned object, unless a loan of the object is still held.
    fn change(&mut self) -> Result<(), Violation> {
        let Some(mut owned) = self.pick() else { return Ok(()) };
        match owned.handle.borrow_mut() {
            Err(error) => in_the_way(&error)?,
            Ok(mut note) => {
                let witness = self.oracle.at_home(owned.key, &note)?;
                self.held.keep(&note, &mut self.dice)?;
                let next = note.n + 1;
                note.renumber(next).map_err(damaged)?;
                let after = note.clone();
                witness.begin(&after);
                match owned.handle.flush() {
                    Ok(()) => self.oracle.acknowledge(&after),
                    // This is a violation: the owner has the object alone, so nothing may prevent the flush.
                    Err(error) => return Err(format!("a change at home is refused: {error:?}")),
                }
            }
        }
        self.owned.push(owned);
        Ok(())
    }

    fn lend(&mut self) -> Result<(), Violation> {
        let Some(owned) = self.pick() else { return Ok(()) };
        let id = owned.handle.id();
        let revoked = match owned.handle.lend() {
            Err(error) => in_the_way(&error).map(|()| false)?,
            Ok(loan) => {
                self.post("shared", owned.key, &loan.ticket().map_err(no_ticket)?.to_text())?;
                self.close(owned.key, loan)?
            }
        };
        self.come_back(owned, revoked.then_some(id))
    }

    fn lend_mut(&mut self) -> Result<(), Violation> {
        let Some(mut owned) = self.pick() else { return Ok(()) };
        let id = owned.handle.id();
        let revoked = match owned.handle.lend_mut() {
            Err(error) => in_the_way(&error).map(|()| false)?,
            Ok(loan) => {
                self.post("exclusive", owned.key, &loan.ticket().map_err(no_ticket)?.to_text())?;
                if self.dice.one_in(4) {
                    self.reissue(owned.key, &loan)?;
                }
                self.close(owned.key, loan)?
            }
        };
        self.come_back(owned, revoked.then_some(id))
    }

    /// Issues another ticket of a loan, which voids the earlier ticket. Does nothing if a borrower holds the loan.
    fn reissue(&mut self, key: u64, loan: &Loan<'_, Numbered, Exclusive>) -> Result<(), Violation> {
        match loan.reissue() {
            Ok(ticket) => self.post("exclusive", key, &ticket.to_text()),
            Err(error) => in_the_way(&error),
        }
    }

    /// Drops, forgets, revokes or ends a loan of the object `key`. Returns whether the loan was revoked.
    fn close<A: ref_core::access::Access>(&mut self, key: u64, loan: Loan<'_, Numbered, A>) -> Result<bool, Violation> {
        match self.dice.below(5) {
            0 => drop(loan),
            1 => std::mem::forget(loan),
            2 => {
                self.oracle.will_revoke(key);
                // A revoke under readers gives the object another name.
                self.oracle.will_end(key);
                match loan.revoke() {
                    Ok(_) => return Ok(true),
                    Err(refused) => in_the_way(&refused)?,
                }
                self.oracle.has_not_ended(key);
            }
            _ => {
                let patience = Duration::from_millis(self.dice.below(20));
                if let Err(refused) = loan.end_timeout(patience) {
                    in_the_way(&refused)?;
                }
            }
        }
        Ok(false)
    }

    /// Keeps the owner for later steps. If its loan was revoked, `before` is the id that the object had until then.
    fn come_back(&mut self, mut owned: KeyedOwner, before: Option<ObjectId>) -> Result<(), Violation> {
        if let Some(before) = before {
            if owned.handle.id() == before {
                self.oracle.has_not_ended(owned.key);
            } else {
                owned.name = None;
            }
            self.rekey(&mut owned)?;
        }
        self.owned.push(owned);
        Ok(())
    }

    /// Gives the object another key and value. After a revoke, borrowers may still have the old version and their
    /// witnesses.
    pub(super) fn rekey(&mut self, owned: &mut KeyedOwner) -> Result<(), Violation> {
        let (before, next) = (owned.key, self.fresh_key());
        let size = SIZES[self.dice.below(SIZES.len() as u64) as usize];
        match owned.handle.borrow_mut() {
            Ok(mut note) => *note = Numbered::sized(next << 24, size),
            Err(error) => return Err(format!("what was revoked is not at home: {error:?}")),
        }
        self.oracle.will_rekey(before, next);
        if let Err(error) = owned.handle.flush() {
            return Err(format!("what was revoked cannot be changed: {error:?}"));
        }
        self.oracle.has_rekeyed(before, next);
        owned.key = next;
        Ok(())
    }

    fn give_up(&mut self) -> Result<(), Violation> {
        let Some(own) = self.pick() else { return Ok(()) };
        if own.name.is_some() && !self.dice.one_in(8) {
            return self.detach(own);
        }
        match self.dice.below(4) {
            0 => self.take_out(own),
            1 => {
                self.end(own);
                Ok(())
            }
            _ => self.send(own),
        }
    }

    fn take_out(&mut self, KeyedOwner { handle, key, .. }: KeyedOwner) -> Result<(), Violation> {
        // After an error the handle is dropped, which ends the object too.
        self.oracle.will_end(key);
        match handle.into_inner() {
            Ok(note) => self.oracle.at_home(key, &note).map(drop),
            Err(refused) => in_the_way(&refused),
        }
    }

    /// Drops the owner, which ends its object.
    pub(super) fn end(&self, KeyedOwner { handle, key, .. }: KeyedOwner) {
        self.oracle.will_end(key);
        drop(handle);
    }

    fn send(&mut self, KeyedOwner { handle, key, name }: KeyedOwner) -> Result<(), Violation> {
        match handle.into_ticket_or_return() {
            Ok(ticket) => self.post("ownership", key, &ticket.to_text()),
            Err(Refused { error, handle }) => {
                self.end(KeyedOwner { handle, key, name });
                in_the_way(&error)
            }
        }
    }

    fn claim(&mut self) -> Result<(), Violation> {
        let Some((key, ticket)) = self.fetch::<Ticket<Numbered, Ownership>>("ownership")? else { return Ok(()) };
        match self.store.claim(ticket) {
            Ok(handle) => self.owned.push(KeyedOwner { handle, key, name: None }),
            Err(refused) => too_late(&refused)?,
        }
        Ok(())
    }

    fn read(&mut self) -> Result<(), Violation> {
        let Some((key, ticket)) = self.fetch::<Ticket<Numbered, Shared>>("shared")? else { return Ok(()) };
        let lease: Lease<Numbered, Shared> = match self.store.redeem(ticket) {
            Ok(lease) => lease,
            Err(refused) => return too_late(&refused),
        };
        let witness = match lease.borrow() {
            // The lease may be revoked, and its version gone.
            Err(error) => return too_late(&error),
            Ok(note) => match self.oracle.shared(key, &note) {
                Ok(witness) => {
                    self.held.keep(&note, &mut self.dice)?;
                    witness
                }
                // The lease was revoked before it had its witness. This is no violation.
                Err(_) if !lease.is_current().unwrap_or(false) => return Ok(()),
                Err(violation) => return Err(violation),
            },
        };
        if self.dice.one_in(40) {
            witness.forget();
            std::mem::forget(lease);
        } else {
            drop(witness);
            drop(lease);
        }
        Ok(())
    }

    fn write(&mut self) -> Result<(), Violation> {
        let Some((key, ticket)) = self.fetch::<Ticket<Numbered, Exclusive>>("exclusive")? else { return Ok(()) };
        let mut lease: Lease<Numbered, Exclusive> = match self.store.redeem(ticket) {
            Ok(lease) => lease,
            Err(refused) => return too_late(&refused),
        };
        let (witness, after) = match lease.borrow_mut() {
            Err(error) => return too_late(&error),
            Ok(mut note) => {
                let witness = self.oracle.exclusive(key, &note);
                self.held.keep(&note, &mut self.dice)?;
                let next = note.n + 1;
                note.renumber(next).map_err(damaged)?;
                (witness, note.clone())
            }
        };
        match witness {
            Ok(witness) => self.finish(lease, witness, &after),
            // The lease was revoked before it had its witness, so another borrow may rightly be there.
            Err(_) if !lease.is_current().unwrap_or(false) => Ok(()),
            Err(violation) => Err(violation),
        }
    }

    /// Forgets, drops or commits a lease, or makes a checkpoint. Unless both are forgotten, the witness is dropped
    /// first: after the commit the process holds nothing, even if it is killed or slow before its next line.
    fn finish(
        &mut self,
        mut lease: Lease<Numbered, Exclusive>,
        witness: Witness,
        after: &Numbered,
    ) -> Result<(), Violation> {
        match self.dice.below(10) {
            0 => {
                witness.forget();
                std::mem::forget(lease);
            }
            1 | 2 => {
                drop(witness);
                drop(lease);
            }
            // A checkpoint, and then the same value again, or nothing more.
            3 | 4 => {
                witness.begin(after);
                let checkpoint = lease.checkpoint();
                match &checkpoint {
                    Ok(_) => self.oracle.acknowledge(after),
                    Err(refused) => too_late(refused)?,
                }
                drop(witness);
                if checkpoint.is_ok() && self.dice.below(2) == 0 {
                    lease.commit().map_or_else(|refused| too_late(&refused), |_| Ok(()))?;
                }
            }
            _ => {
                witness.begin(after);
                drop(witness);
                match lease.commit() {
                    Ok(_) => self.oracle.acknowledge(after),
                    Err(refused) => too_late(&refused)?,
                }
            }
        }
        Ok(())
    }

    /// Leaves a ticket on the board, with its object's key, whole or not at all.
    fn post(&mut self, kind: &str, key: u64, ticket: &str) -> Result<(), Violation> {
        let board = self.base.join("board");
        let draft = board.join(format!("draft-{}", std::process::id()));
        let cell = board.join(format!("{kind}-{}", self.dice.below(CELLS)));
        fs::write(&draft, format!("{key} {ticket}"))
            .and_then(|()| fs::rename(&draft, cell))
            .map_err(|error| format!("the board: {error}"))
    }

    /// Reads a ticket and its object's key from a random cell of the board. Returns `None` if the cell is empty. The
    /// ticket stays there, so several processes may read the same one.
    fn fetch<T: std::str::FromStr<Err = Error>>(&mut self, kind: &str) -> Result<Option<(u64, T)>, Violation> {
        let cell = self.base.join("board").join(format!("{kind}-{}", self.dice.below(CELLS)));
        let Ok(text) = fs::read_to_string(cell) else { return Ok(None) };
        keyed(&text).map(Some)
    }
}
