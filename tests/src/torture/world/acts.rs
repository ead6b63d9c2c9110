//! The acts of a client on objects that other processes know: the client reads, adopts and removes objects by name,
//! lends, borrows and sends.

use super::super::Numbered;
use super::client::{ANOTHER_STORE, Adopted, Client, IN_THE_WAY, JournaledOwner, TOO_LATE, TRANSIT};
use super::journal::{Journal, Story, note, numbers};
use super::{Place, Violation, limits};
use ref_core::{ErrorKind, Exclusive, Key, Lease, Ownership, Ticket};
use std::fs;
use std::time::{Duration, Instant};

/// How many tickets there is room for on a store's board.
const CELLS: u64 = 8;
/// How often a commit, a claim or a detaching is tried.
const ATTEMPTS: usize = 4;

impl Client {
    fn a_name(&mut self) -> Option<(Journal, Story, Key<Numbered>)> {
        let all = Journal::all(&self.world, self.place);
        let nth = self.dice.below(all.len().max(1) as u64) as usize;
        let journal = all.into_iter().nth(nth)?;
        let story = journal.read()?;
        let name = story.name()?;
        Some((journal, story, name))
    }

    pub(super) fn by_name(&mut self) -> Result<(), Violation> {
        match self.dice.below(60) {
            0 => self.evict(),
            1..16 if self.owned.len() < 4 => self.adopt(),
            _ => self.read_a_name(),
        }
    }

    pub(super) fn read_a_name(&mut self) -> Result<(), Violation> {
        let Some((journal, before, name)) = self.a_name() else { return Ok(()) };
        match self.store.get(&name) {
            Ok(value) => {
                journal.judge(&before, &value, "a reader by name")?;
                self.held.keep(&value, &mut self.dice)
            }
            Err(error) if error.kind() == ErrorKind::Gone => journal.judge_gone("a reader by name"),
            Err(error) => self.refused("a reader by name", &error, &[ErrorKind::Conflict]),
        }
    }

    fn evict(&mut self) -> Result<(), Violation> {
        let Some((journal, _, name)) = self.a_name() else { return Ok(()) };
        journal.remove();
        match self.store.remove(&name) {
            Ok(_) => Ok(()),
            Err(error) => self.refused("an eviction", &error, &[ErrorKind::Conflict]),
        }
    }

    fn adopt(&mut self) -> Result<(), Violation> {
        let Some((journal, _, name)) = self.a_name() else { return Ok(()) };
        let take = journal.take();
        let Some(before) = journal.read() else { return Ok(()) };
        let handle = match self.store.adopt(name.clone()) {
            Ok(handle) => handle,
            Err(error) => {
                journal.give_back(&take);
                return match error.kind() {
                    ErrorKind::Gone => journal.judge_gone("an adopter"),
                    _ => self.refused("an adoption", &error, &[ErrorKind::Conflict]),
                };
            }
        };
        let judged = handle.borrow().map(|value| journal.judge(&before, &value, "an adopter"));
        let key = journal.key;
        self.owned.push(JournaledOwner { handle, key, journal: Some(journal), adopted: Some(Adopted { name, take }) });
        judged.unwrap_or_else(|error| self.refused("an adopter's look", &error, &[]))
    }

    /// Lends an object to the first process that redeems the loan's ticket, and waits for the loan's end for less than
    /// 30 milliseconds.
    pub(super) fn lend(&mut self) -> Result<(), Violation> {
        let Some(mut own) = self.pick() else { return Ok(()) };
        let lent = self.lend_and_end(&mut own);
        self.owned.push(own);
        lent
    }

    fn lend_and_end(&mut self, own: &mut JournaledOwner) -> Result<(), Violation> {
        match own.handle.borrow() {
            Err(error) => return self.refused("an owner's look", &error, &IN_THE_WAY),
            Ok(value) => {
                own.journal = own.journal.take().or_else(|| Some(Journal::of_loan(&self.world, self.place, &value)))
            }
        }
        let patience = Duration::from_millis(self.dice.below(30));
        let cell = self.dice.below(CELLS);
        let ended = own.handle.lend_mut().and_then(|loan| {
            self.post(cell, own.key, own.adopted.is_some(), &loan.ticket()?.to_text());
            loan.end_timeout(patience).map(drop)
        });
        match ended {
            Err(error) => self.refused("a loan", &error, &IN_THE_WAY),
            Ok(()) => self.look(own, "an owner after its loan"),
        }
    }

    /// Compares the value of an owned object with its journal.
    fn look(&self, own: &JournaledOwner, reader: &str) -> Result<(), Violation> {
        let Some((journal, before)) = own.journal.as_ref().and_then(|journal| Some((journal, journal.read()?))) else {
            return Ok(());
        };
        match own.handle.borrow() {
            Ok(value) => journal.judge(&before, &value, reader),
            Err(error) => self.refused(reader, &error, &IN_THE_WAY),
        }
    }

    /// Leaves a ticket on the board, with its object's key. The ticket appears there whole or not at all.
    fn post(&self, cell: u64, key: u64, named: bool, ticket: &str) {
        let board = self.world.board(self.place);
        let draft = board.join(format!("draft-{}", std::process::id()));
        let posted = limits::lifted(|| {
            fs::write(&draft, format!("{key} {named} {ticket}"))?;
            fs::rename(&draft, board.join(cell.to_string()))
        });
        posted.expect("the board has room");
    }

    fn fetch(&mut self) -> Option<(Journal, Ticket<Numbered, Exclusive>)> {
        let cell = self.world.board(self.place).join(self.dice.below(CELLS).to_string());
        let text = limits::lifted(|| fs::read_to_string(cell)).ok()?;
        let [key, named, ticket] = text.split(' ').collect::<Vec<_>>()[..] else { return None };
        let key = key.parse().ok()?;
        let journal = match named {
            "true" => Journal::all(&self.world, self.place).into_iter().find(|journal| journal.key == key)?,
            _ => Journal::of_lent(&self.world, self.place, key),
        };
        Some((journal, ticket.parse().ok()?))
    }

    /// Borrows an object that another process lends, and commits a change.
    pub(super) fn borrow(&mut self) -> Result<(), Violation> {
        let Some((journal, ticket)) = self.fetch() else { return Ok(()) };
        let Some(before) = journal.read() else { return Ok(()) };
        let late = if self.place == Place::Fleeting { &ANOTHER_STORE[..] } else { &TOO_LATE };
        let lease = match self.store.redeem(ticket) {
            Ok(lease) => lease,
            Err(error) => return self.refused("a redemption", &error, late),
        };
        let size = match lease.borrow() {
            Ok(value) => {
                journal.judge(&before, &value, "a borrower")?;
                self.held.keep(&value, &mut self.dice)?;
                value.size()
            }
            Err(error) => return self.refused("a borrower's look", &error, &TOO_LATE),
        };
        self.commit(lease, &journal, size)
    }

    /// Commits a change. If a full disk or a small limit refuses the change, tries again with another value, in up to
    /// [`ATTEMPTS`] attempts. Only a value that was committed is acknowledged.
    fn commit(
        &mut self,
        mut lease: Lease<Numbered, Exclusive>,
        journal: &Journal,
        size: usize,
    ) -> Result<(), Violation> {
        for _ in 0..ATTEMPTS {
            let Some(story) = journal.read() else { return Ok(()) };
            let value = note(journal.key, story.next(), size);
            match lease.borrow_mut() {
                Ok(mut inside) => *inside = value.clone(),
                Err(error) => return self.refused("a borrower's change", &error, &TOO_LATE),
            }
            journal.begin(&value);
            if self.dice.below(2) == 0 {
                match lease.checkpoint() {
                    Ok(_) => journal.acknowledge(&value),
                    Err(error) if TOO_LATE.contains(&error.kind()) => return Ok(()),
                    Err(error) => self.refused("a checkpoint", &error, &[])?,
                }
            }
            match lease.commit_or_return() {
                Ok(_) => {
                    journal.acknowledge(&value);
                    return Ok(());
                }
                Err(refused) if TOO_LATE.contains(&refused.error.kind()) => return Ok(()),
                Err(refused) => {
                    self.refused("a commit", &refused.error, &[])?;
                    lease = refused.handle;
                }
            }
            std::thread::sleep(Duration::from_millis(self.dice.below(10)));
        }
        Ok(())
    }

    /// Sends an object, waits for less than a quarter of a second, and claims the object in this process, in up to
    /// [`ATTEMPTS`] attempts. An adopted object is not sent, and a process with a small limit sends none.
    pub(super) fn send(&mut self) -> Result<(), Violation> {
        let Some(own) = self.pick() else { return Ok(()) };
        if own.adopted.is_some() || self.has_small_limit() {
            self.owned.push(own);
            return Ok(());
        }
        let JournaledOwner { handle, key, journal, adopted } = own;
        let sent = Instant::now();
        let mut ticket: Ticket<Numbered, Ownership> = match handle.into_ticket() {
            Ok(ticket) => ticket,
            Err(error) => return self.refused("sending", &error, &IN_THE_WAY),
        };
        std::thread::sleep(Duration::from_millis(self.dice.below(250)));
        for _ in 0..ATTEMPTS {
            match self.store.claim_or_return(ticket) {
                Ok(handle) => {
                    self.owned.push(JournaledOwner { handle, key, journal, adopted });
                    return Ok(());
                }
                Err(refused) => {
                    let late = sent.elapsed() > TRANSIT;
                    self.refused("a claim in time", &refused.error, if late { &TOO_LATE } else { &[] })?;
                    ticket = refused.handle;
                }
            }
        }
        Ok(())
    }

    pub(super) fn give_up(&mut self) -> Result<(), Violation> {
        let Some(own) = self.pick() else { return Ok(()) };
        match self.dice.below(8) {
            0 if own.adopted.is_none() => match own.handle.into_inner() {
                Ok(value) if value.is_whole() && numbers(&value).0 == own.key => Ok(()),
                Ok(value) => Err(format!("{} was taken out, and is {}", own.key, value.n >> 24)),
                Err(error) => self.refused("taking out", &error, &IN_THE_WAY),
            },
            _ => self.leave(own),
        }
    }

    /// Detaches an adopted object. Drops the object if a borrower still has it, or if it could not be detached in
    /// [`ATTEMPTS`] attempts. Drops any other object.
    pub(super) fn leave(&mut self, own: JournaledOwner) -> Result<(), Violation> {
        let JournaledOwner { mut handle, key, journal: Some(journal), adopted: Some(Adopted { name, take }) } = own
        else {
            drop(own);
            return Ok(());
        };
        for _ in 0..ATTEMPTS {
            let value = match handle.borrow() {
                Ok(value) => Numbered::clone(&value),
                Err(error) => return self.refused("a leaver's look", &error, &IN_THE_WAY),
            };
            match handle.detach_or_return() {
                Ok(now) if now == name => {
                    journal.left(&take, &value);
                    return Ok(());
                }
                Ok(now) => return Err(format!("{} was {name:?}, and now is {now:?}", key)),
                Err(refused) => {
                    self.refused("leaving", &refused.error, &IN_THE_WAY)?;
                    handle = refused.handle;
                }
            }
            std::thread::sleep(Duration::from_millis(self.dice.below(10)));
        }
        // The owner is dropped, and its object goes. The journal permits this, since the journal still has this
        // process's adoption.
        Ok(())
    }
}
