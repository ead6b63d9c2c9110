//! Turns at one handle's value: while its `Serialize` or `Deserialize` runs, which is user code and may do anything.
//!
//! No lock is held meanwhile, so that this code can ask the same handle whatever it likes. What would begin the same turn
//! anew, on the same thread, is refused as `WouldDeadlock`: it would go on without end. Other threads wait, so that a
//! value is read once for all of them; but not for ever, since the turn's thread may be waiting for one of them.

use super::object::RawOwned;
use crate::sync::{Instant, PoisonError, deadline};
use crate::{Error, ErrorKind, Result};
use std::cell::RefCell;
use std::time::Duration;

/// How long another thread's turn is waited for. Afterwards both do the same work, which harms nothing.
const PATIENCE: Duration = Duration::from_secs(30);

thread_local! {
    /// The handles whose serde code this thread runs, by where they are in memory.
    static RUNNING: RefCell<Vec<usize>> = const { RefCell::new(Vec::new()) };
}

/// The turn at an owner's value, taken by this thread.
pub(crate) struct Turn<'o>(&'o RawOwned, #[expect(dead_code, reason = "it is dropped")] Entered);

/// Says that this thread runs a handle's serde code.
pub(crate) struct Entered(usize);

impl RawOwned {
    /// Takes the turn to read or write the value when no other thread has it.
    ///
    /// # Errors
    /// `WouldDeadlock` if this thread has it.
    pub(crate) fn take_turn(&self) -> Result<Turn<'_>> {
        let entered = Entered::at(self)?;
        let (mut state, deadline) = (self.lock(), deadline(PATIENCE));
        while state.turn_taken {
            let left = deadline.map_or(PATIENCE, |deadline| deadline.saturating_duration_since(Instant::now()));
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
    /// Enters the serde code of the handle at that address, beside other threads.
    ///
    /// # Errors
    /// `WouldDeadlock` if this thread is in it.
    pub(crate) fn at<H>(handle: &H) -> Result<Self> {
        let place = std::ptr::from_ref(handle).addr();
        // A thread that is ending has no list any more, and runs its last destructors.
        let is_new = RUNNING.try_with(|running| {
            let is_new = !running.borrow().contains(&place);
            if is_new {
                running.borrow_mut().push(place);
            }
            is_new
        });
        if is_new.unwrap_or(true) { Ok(Self(place)) } else { Err(within_itself()) }
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        let _ended_with_the_thread = RUNNING.try_with(|running| running.borrow_mut().retain(|place| *place != self.0));
    }
}

fn within_itself() -> Error {
    Error::new(ErrorKind::WouldDeadlock, "the value's own serde code asks for the value that it is writing or reading")
        .with_remedy("let its `Serialize` and `Deserialize` use nothing but what they are given")
}
