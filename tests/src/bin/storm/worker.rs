//! A worker: a process that reads or changes the counters that tickets lend to it. A worker that the driver may kill
//! also reads detached counters, and puts and takes out objects of its own. A worker that the driver does not kill also
//! adopts detached counters, and changes these.

use crate::{Dice, LOST, Violation, is_unanswered, options, sure, surely};
use ref_core::{Error, ErrorKind, Exclusive, Key, Lease, Owned, Shared, Store, Ticket};
use ref_tests::Note;
use std::io::{Write as _, stdin, stdout};
use std::process::ExitCode;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// The sizes of the values, in letters. By its size, a value is stored in the object's hash, in one key of the object,
/// or in a key of its version. The largest value is sent to its key in several parts.
const SIZES: [usize; 5] = [10, 400, 4_000, 40_000, 3_000_000];

/// How many sessions a worker has. They share its connections.
const SESSIONS: u64 = 2;

/// Why a session stops before the driver tells it to.
enum Stopped {
    Lost,
    Wrong(Violation),
}

/// Opens the sessions and changes counters until the driver closes the standard input. `keys` are the detached
/// counters. A worker with `is_mortal` only reads them: what a killed session has adopted is lost with it.
pub(crate) fn work(address: &str, seed: u64, is_mortal: bool, keys: &[&str]) -> ExitCode {
    let (tickets, receivers): (Vec<_>, Vec<_>) = (0..SESSIONS).map(|_| channel()).unzip();
    std::thread::scope(|scope| {
        for (seed, tickets) in (seed * SESSIONS..).zip(receivers) {
            scope.spawn(move || session(address, seed, is_mortal, keys, &tickets).unwrap_or_else(|why| exit(&why)));
        }
        for (nth, line) in stdin().lines().map_while(Result::ok).enumerate() {
            let _receiver_lives = tickets[nth % tickets.len()].send(line);
        }
        drop(tickets);
    });
    ExitCode::SUCCESS
}

/// Ends the process. Its other session ends as in a process that is killed.
fn exit(why: &Stopped) {
    match why {
        Stopped::Lost => std::process::exit(LOST.into()),
        Stopped::Wrong(what) => {
            eprintln!("process {}: {what}", std::process::id());
            std::process::exit(1);
        }
    }
}

/// Writes a report to the driver: one line, in one call of the system.
fn report(what: &str, counter: &str) {
    let _driver_is_gone = stdout().lock().write_all(format!("{what} {counter}\n").as_bytes());
}

/// Returns why the session stops after this error. An error other than `SessionLost` is a violation: no call here may
/// get it.
fn unexpected(what: &str, error: &Error) -> Stopped {
    if error.kind() == ErrorKind::SessionLost {
        return Stopped::Lost;
    }
    Stopped::Wrong(format!("{what}: {error:?}"))
}

fn session(
    address: &str,
    seed: u64,
    is_mortal: bool,
    keys: &[&str],
    tickets: &Receiver<String>,
) -> Result<(), Stopped> {
    let store = sure(|| options().open(address)).map_err(|error| unexpected("opening", &error))?;
    let mut session = Session { store, dice: Dice::new(seed) };
    loop {
        match tickets.recv_timeout(Duration::from_millis(session.dice.below(20))) {
            Ok(line) => session.lent(&line)?,
            Err(std::sync::mpsc::RecvTimeoutError::Timeout) if is_mortal => session.visit(keys)?,
            Err(std::sync::mpsc::RecvTimeoutError::Timeout) => session.detached(keys)?,
            Err(std::sync::mpsc::RecvTimeoutError::Disconnected) => return Ok(()),
        }
    }
}

struct Session {
    store: Store,
    dice: Dice,
}

impl Session {
    /// Adopts a detached counter, adds one to it, and detaches it again. Does nothing if another session holds the
    /// counter.
    fn detached(&mut self, keys: &[&str]) -> Result<(), Stopped> {
        let nth = self.dice.below(keys.len() as u64) as usize;
        let counter = nth.to_string();
        let key: Key<Note> = keys[nth].parse().map_err(|error: Error| unexpected("reading a key", &error))?;
        let mut owned = match sure(|| self.store.adopt(key.clone())) {
            Err(error) if error.kind() == ErrorKind::Conflict => return Ok(()),
            adopted => adopted.map_err(|error| unexpected("adopting", &error))?,
        };
        let next = self.next(&*owned.borrow().map_err(|error| unexpected("reading what was adopted", &error))?)?;
        *owned.borrow_mut().map_err(|error| unexpected("changing what was adopted", &error))? = next;
        report("begin", &counter);
        sure(|| owned.flush()).map_err(|error| unexpected("flushing", &error))?;
        report("done", &counter);
        let left = surely(owned, Owned::detach_or_return);
        left.map(drop).map_err(|refused| unexpected("detaching", &refused.error))
    }

    /// Reads a detached counter, if no other session owns it. Then puts an object, and takes it out again.
    fn visit(&mut self, keys: &[&str]) -> Result<(), Stopped> {
        let nth = self.dice.below(keys.len() as u64) as usize;
        let key: Key<Note> = keys[nth].parse().map_err(|error: Error| unexpected("reading a key", &error))?;
        match sure(|| self.store.get(&key)) {
            Ok(note) if !note.is_whole() => return Err(Stopped::Wrong("a value is torn".to_owned())),
            Err(error) if error.kind() != ErrorKind::Conflict => return Err(unexpected("reading by a key", &error)),
            _ => {}
        }
        let owned = surely(Note::sized(0, 10), |note| self.store.put_or_return(note));
        let owned = owned.map_err(|refused| unexpected("putting", &refused.error))?;
        let taken = surely(owned, Owned::into_inner_or_return);
        taken.map(drop).map_err(|refused| unexpected("taking out", &refused.error))
    }

    /// Uses a ticket that the driver has sent, in a line of the counter's number, a space and the ticket. Then reports
    /// that the ticket is used.
    fn lent(&mut self, line: &str) -> Result<(), Stopped> {
        let (counter, text) = line.split_once(' ').unwrap_or((line, ""));
        let used = if let Ok(ticket) = text.parse::<Ticket<Note, Exclusive>>() {
            self.write(counter, ticket)
        } else {
            let ticket = text.parse::<Ticket<Note, Shared>>();
            ticket.map_err(|error| unexpected("reading a ticket", &error)).and_then(|ticket| self.read(ticket))
        };
        report("over", counter);
        used
    }

    fn read(&mut self, ticket: Ticket<Note, Shared>) -> Result<(), Stopped> {
        let lease = match surely(ticket, |ticket| self.store.redeem_or_return(ticket)) {
            Err(refused) if is_too_late(&refused.error) => return Ok(()),
            redeemed => redeemed.map_err(|refused| unexpected("redeeming to read", &refused.error))?,
        };
        match sure(|| lease.borrow().map(|note| note.is_whole())) {
            Ok(false) => Err(Stopped::Wrong("a value is torn".to_owned())),
            Err(error) if !is_too_late(&error) => Err(unexpected("reading what was lent", &error)),
            _ => Ok(()),
        }
    }

    fn write(&mut self, counter: &str, ticket: Ticket<Note, Exclusive>) -> Result<(), Stopped> {
        let mut lease = match surely(ticket, |ticket| self.store.redeem_or_return(ticket)) {
            Err(refused) if is_too_late(&refused.error) => return Ok(()),
            redeemed => redeemed.map_err(|refused| unexpected("redeeming to write", &refused.error))?,
        };
        let before = match sure(|| lease.borrow().map(|note| note.clone())) {
            Err(error) if is_too_late(&error) => return Ok(()),
            read => read.map_err(|error| unexpected("reading before a change", &error))?,
        };
        let next = self.next(&before)?;
        *lease.borrow_mut().map_err(|error| unexpected("changing what was lent", &error))? = next;
        if self.dice.below(20) == 0 {
            return Ok(()); // The lease is dropped, and its change with it.
        }
        report("begin", counter);
        self.commit(counter, lease)
    }

    /// Commits, and reports the outcome. One commit in four is given up if its reply does not come. The others are
    /// repeated.
    fn commit(&mut self, counter: &str, lease: Lease<Note, Exclusive>) -> Result<(), Stopped> {
        let gives_up = self.dice.below(4) == 0;
        let commit = if gives_up { lease.commit_or_return() } else { surely(lease, Lease::commit_or_return) };
        match commit {
            Ok(_) => report("done", counter),
            Err(refused) if is_too_late(&refused.error) => report("none", counter),
            Err(refused) if is_unanswered(&refused.error) => report("unknown", counter),
            Err(refused) => return Err(unexpected("committing", &refused.error)),
        }
        Ok(())
    }

    /// Returns the value after `before`, with a random size. Fails if `before` is torn.
    fn next(&mut self, before: &Note) -> Result<Note, Stopped> {
        if !before.is_whole() {
            return Err(Stopped::Wrong("a value is torn".to_owned()));
        }
        let size = if self.dice.below(100) == 0 { 4 } else { self.dice.below(4) };
        Ok(Note::sized(before.n + 1, SIZES[size as usize]))
    }
}

/// Returns whether a borrower may get this error here: the loan is over (`Expired`, `Fenced`), the ticket was redeemed
/// before (`AlreadyRedeemed`), or the object is gone.
fn is_too_late(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::AlreadyRedeemed | ErrorKind::Expired | ErrorKind::Fenced | ErrorKind::Gone)
}
