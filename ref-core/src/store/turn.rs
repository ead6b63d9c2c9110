//! Turns at the value of one owner's handle. A thread that shares the handle takes the turn to load the value or to
//! encode a change. The thread then runs the value's `store`, `restore` or serde code, which is user code and may do
//! anything.
//!
//! No lock is held during a turn, so that the user code can use the same handle. A call that needs the turn again on
//! the same thread is refused as `WouldDeadlock`, since it would recurse without end. Other threads wait, so that a
//! value is read once for all of them. The waiting threads do not wait for ever, since the thread that has the turn may
//! wait for one of them.

use super::object::RawOwned;
use crate::error::{Error, ErrorKind, Result};
use crate::sync::{Instant, PoisonError, deadline};
use std::cell::RefCell;
use std::time::Duration;

/// How long a thread waits while another thread has the turn. After this time both threads do the same work, which does
/// no harm.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

thread_local! {
    /// The addresses in memory of the handles whose values' code this thread runs.
    static RUNNING: RefCell<Vec<usize>> = const { RefCell::new(Vec::new()) };
}

/// The turn at an owner's value. The thread that has a `Turn` has the turn, until the `Turn` is dropped.
pub(crate) struct Turn<'o>(&'o RawOwned, #[expect(dead_code, reason = "it is dropped")] Entered);

/// A note that its thread runs the own code of one handle's value, for as long as the note exists. Leases and
/// `Owned::duplicate` make this note without taking a turn.
pub(crate) struct Entered(usize);

impl RawOwned {
    /// Takes the turn to read or write the value. If another thread has the turn, waits until that turn is over, but
    /// not longer than [`LONGEST_WAIT`]. After that time, both threads have the turn.
    ///
    /// # Errors
    /// `WouldDeadlock` if this thread runs the value's own code already.
    pub(crate) fn take_turn(&self) -> Result<Turn<'_>> {
        let entered = Entered::at(self)?;
        let (mut state, deadline) = (self.lock(), deadline(LONGEST_WAIT));
        while state.turn_taken {
            let left = deadline.map_or(LONGEST_WAIT, |deadline| deadline.saturating_duration_since(Instant::now()));
            if left.is_zero() {
                break;
            }
            state = self.turned.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        state.turn_taken = true;
        Ok(Turn(self, entered))
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.lock().turn_taken = false;
        self.0.turned.notify_all();
    }
}

impl Entered {
    /// Notes that this thread runs the own code of the value of `handle`. Other threads may run that code too.
    ///
    /// # Errors
    /// `WouldDeadlock` if this thread runs that code already.
    pub(crate) fn at<H>(handle: &H) -> Result<Self> {
        let address = std::ptr::from_ref(handle).addr();
        // A thread that is ending may have dropped its list already, and may still run destructors that come here.
        let is_new = RUNNING.try_with(|running| {
            let is_new = !running.borrow().contains(&address);
            if is_new {
                running.borrow_mut().push(address);
            }
            is_new
        });
        if is_new.unwrap_or(true) { Ok(Self(address)) } else { Err(within_itself()) }
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        let _ended_with_the_thread =
            RUNNING.try_with(|running| running.borrow_mut().retain(|address| *address != self.0));
    }
}

fn within_itself() -> Error {
    Error::new(ErrorKind::WouldDeadlock, "the value's own code asks for the value that it is writing or reading")
        .with_remedy("let the code that writes and reads it use nothing but what it is given")
}
