//! A borrow of a published object, and the wait for it. Readers and writers exclude each other as at a readers-writer
//! lock; a writer that waits for readers keeps new readers out.

use super::find::RawNamed;
use super::held::{StaysHere, end_hold, is_held_here, note_hold};
use crate::backend::{Caller, QueuePlace, Watch};
use crate::error::{Error, ErrorKind, Result};
use crate::handle::raw_lease::{LeaseKind, RawLease};
use crate::id::{Epoch, ObjectId};
use crate::ledger::{Command, Reply};
use crate::store::Store;
use crate::store::object::unexpected;
use crate::sync::{Instant, deadline};
use std::marker::PhantomData;
use std::time::Duration;

/// How long a borrow waits for its turn.
pub(super) const TURN_TIMEOUT: Duration = Duration::from_secs(30);

/// A borrow of a published object, without its value. The drop gives the borrow back. While the borrow lives,
/// [`is_held_here`] returns true for the object on the borrow's thread.
pub(in crate::handle) struct RawBorrow {
    pub(in crate::handle) lease: RawLease,
    _stays: StaysHere,
}

impl RawBorrow {
    /// Makes the lease a borrow of this thread.
    pub(in crate::handle) fn of(lease: RawLease) -> Self {
        note_hold(lease.store.id(), lease.object);
        Self { lease, _stays: PhantomData }
    }
}

/// Returns the lease that `reply` grants.
pub(in crate::handle) fn lease_of(store: &Store, object: ObjectId, reply: Reply) -> Result<RawLease> {
    let (version, kind) = match reply {
        Reply::Shared { version } => (version, LeaseKind::Shared(None)),
        Reply::Exclusive { token, version } => (version, LeaseKind::Exclusive(token)),
        reply => return Err(unexpected(reply)),
    };
    Ok(RawLease::new(store.clone(), object, version, kind))
}

impl Drop for RawBorrow {
    fn drop(&mut self) {
        end_hold(self.lease.store.id(), self.lease.object);
    }
}

impl RawNamed {
    /// Borrows the object shared. Waits up to `timeout` for its writer.
    pub(super) fn share(&self, timeout: Duration, at: Caller) -> Result<RawBorrow> {
        self.on_object(|object| {
            let attempt = BorrowAttempt { store: &self.store, object, timeout, until: deadline(timeout), at };
            let reply = attempt.wait_for(|| attempt.ask(Command::Share))?;
            attempt.granted(reply)
        })
    }

    /// Borrows the object exclusively. Waits up to `timeout` for its readers and writers.
    pub(super) fn reserve(&self, timeout: Duration, at: Caller) -> Result<RawBorrow> {
        self.on_object(|object| reserve(&self.store, object, timeout, at))
    }
}

/// Borrows a published object exclusively. Waits up to `timeout` for its readers and writers.
pub(super) fn reserve(store: &Store, object: ObjectId, timeout: Duration, at: Caller) -> Result<RawBorrow> {
    let attempt = BorrowAttempt { store, object, timeout, until: deadline(timeout), at };
    let mut turn = QueueTurn { attempt: &attempt, place: None };
    let token = match attempt.wait_for(|| turn.ask())? {
        Reply::Opened(token) => token,
        reply => return Err(unexpected(reply)),
    };
    drop(turn);
    let reservation = Reservation { attempt: &attempt, token, open: true };
    let reply = attempt.wait_for(|| attempt.ask(Command::Grant))?;
    reservation.keep();
    attempt.granted(reply)
}

impl RawNamed {
    /// Removes the object, which `borrow` writes, and takes the name from it.
    pub(super) fn remove(&self, borrow: RawBorrow, at: Caller) -> Result<()> {
        let object = borrow.lease.object;
        self.store.backend().apply(object, Command::Evict, &[], at)?;
        drop(borrow);
        self.forget(object);
        Ok(())
    }
}

/// One call's attempt to borrow an object, and its wait for other borrowers.
struct BorrowAttempt<'a> {
    store: &'a Store,
    object: ObjectId,
    timeout: Duration,
    /// When the time is over; `None` if it never is.
    until: Option<Instant>,
    at: Caller,
}

impl BorrowAttempt<'_> {
    fn ask(&self, command: Command) -> Result<Reply> {
        self.store.backend().apply(self.object, command, &[], self.at)
    }

    /// Repeats `ask` until it is not refused because of a borrow, or the time is over. With a time of zero, asks
    /// once, and the error is the conflict.
    fn wait_for(&self, mut ask: impl FnMut() -> Result<Reply>) -> Result<Reply> {
        let backend = self.store.backend();
        let mut watch: Option<Watch> = None;
        loop {
            let conflict = match ask() {
                Err(error) if is_borrowed(&error) => error,
                asked => return asked,
            };
            if self.timeout.is_zero() {
                return Err(conflict);
            }
            if is_held_here(self.store.id(), self.object) {
                return Err(deadlock(&conflict));
            }
            let left = self.left();
            if left.is_zero() {
                return Err(timed_out(&conflict, self.timeout));
            }
            // The wait needs a watch that was taken before `ask` (event count). Most borrows are granted at once, so no
            // watch is taken before the first `ask`.
            if let Some(watch) = watch.take() {
                backend.wait(self.object, watch, left.min(backend.slice()));
            }
            watch = Some(backend.watch(self.object));
        }
    }

    /// Returns how much of the time is left.
    fn left(&self) -> Duration {
        self.until.map_or(self.timeout, |until| until.saturating_duration_since(Instant::now()))
    }

    fn granted(&self, reply: Reply) -> Result<RawBorrow> {
        lease_of(self.store, self.object, reply).map(RawBorrow::of)
    }
}

/// One call's turn among the writers that wait for the object. The drop takes the call out of the queue.
struct QueueTurn<'a> {
    attempt: &'a BorrowAttempt<'a>,
    place: Option<QueuePlace>,
}

impl QueueTurn<'_> {
    /// Asks for the reservation when the calls that came earlier have left the queue. Asks at once if the call does not
    /// wait, if its time is over, or if this thread borrows the object: then the refusal says what is in the way.
    fn ask(&mut self) -> Result<Reply> {
        let Self { attempt, place } = self;
        let (backend, object) = (attempt.store.backend(), attempt.object);
        if attempt.timeout.is_zero() {
            return attempt.ask(Command::Reserve);
        }
        loop {
            if let Some(reply) = backend.reserve_in_turn(object, place, attempt.at)? {
                return Ok(reply);
            }
            let left = attempt.left();
            match place {
                Some(place) if !left.is_zero() && !is_held_here(attempt.store.id(), object) => {
                    backend.wait_in_queue(object, place, left.min(backend.slice()));
                }
                _ => return attempt.ask(Command::Reserve),
            }
        }
    }
}

impl Drop for QueueTurn<'_> {
    fn drop(&mut self) {
        if let Some(place) = self.place.take() {
            self.attempt.store.backend().leave_queue(self.attempt.object, &place);
        }
    }
}

/// A reservation that is not granted yet: the object may still have readers. The drop gives the reservation back.
struct Reservation<'a> {
    attempt: &'a BorrowAttempt<'a>,
    token: Epoch,
    open: bool,
}

impl Reservation<'_> {
    /// Keeps what was reserved: the reservation was granted, so the drop gives nothing back.
    fn keep(mut self) {
        self.open = false;
    }
}

impl Drop for Reservation<'_> {
    fn drop(&mut self) {
        if self.open {
            let (backend, command) = (self.attempt.store.backend(), Command::Abort { token: self.token });
            if let Err(error) = backend.let_go(self.attempt.object, command, self.attempt.at) {
                crate::event::not_given_back("a reservation", &error);
            }
        }
    }
}

/// Returns whether the error is a conflict with a borrow.
pub(in crate::handle) fn is_borrowed(error: &Error) -> bool {
    use crate::error::HeldAs::{Borrow, BorrowMut};
    error.kind() == ErrorKind::Conflict
        && error.conflict().is_some_and(|conflict| matches!(conflict.held, Borrow | BorrowMut))
}

fn timed_out(conflict: &Error, timeout: Duration) -> Error {
    let message = format!("the borrowers did not give the object back within {timeout:?}");
    with_conflict(Error::new(ErrorKind::Timeout, message), conflict)
        .with_remedy("try again, with a longer time; or see what the holder waits for")
}

fn deadlock(conflict: &Error) -> Error {
    let message = "this thread would wait for itself: it borrows the object already";
    with_conflict(Error::new(ErrorKind::WouldDeadlock, message), conflict)
        .with_remedy("use the borrow that this thread has, or drop it first; `snapshot` reads beside every borrow")
}

fn with_conflict(error: Error, from: &Error) -> Error {
    match from.conflict() {
        Some(conflict) => error.with_conflict(conflict.clone()),
        None => error,
    }
}
