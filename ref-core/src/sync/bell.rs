//! The word of this process that its reactor sleeps on, beside words of stores. Code that changes what an async call may
//! wait for, and that no word of a store tells, rings here.

use super::plain::AtomicU32;
use super::word;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// How often the bell was rung, and the reactor was woken otherwise.
static RUNG: AtomicU32 = AtomicU32::new(0);
/// How often a change has rung the bell.
static CHANGES: AtomicU32 = AtomicU32::new(0);
/// How many async calls wait.
static WAITERS: AtomicU32 = AtomicU32::new(0);

/// Wakes the reactor if async calls wait. The caller has just made its change, under a lock that a look for the change
/// takes, too.
pub(crate) fn ring() {
    // Dekker with a call that begins to wait: the call counts itself and then looks for the change under the lock. This
    // load comes after the change under the lock. One of the two sees the other.
    if WAITERS.load(Ordering::SeqCst) > 0 {
        // Before the reactor is woken, so that it finds the number risen. Release: as below.
        CHANGES.fetch_add(1, Ordering::AcqRel);
        wake_reactor();
    }
}

/// Wakes the reactor.
pub(crate) fn wake_reactor() {
    // Release: a reactor that sees the new number sees the change.
    RUNG.fetch_add(1, Ordering::AcqRel);
    word::wake_plain(&RUNG);
}

/// Counts one more async call that waits, or one less.
pub(crate) fn count_waiter(begins: bool) {
    if begins {
        WAITERS.fetch_add(1, Ordering::SeqCst);
    } else {
        WAITERS.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Returns how often the bell was rung, and the reactor was woken otherwise.
pub(crate) fn rung() -> u32 {
    RUNG.load(Ordering::Acquire)
}

/// Returns how often a change has rung the bell.
pub(crate) fn changes() -> u32 {
    CHANGES.load(Ordering::Acquire)
}

/// Sleeps until the bell has been rung more often than `rung`, one of the words differs from the number beside it, or
/// `at_most` is over. May return early.
pub(crate) fn sleep(rung: u32, words: &[(&AtomicU32, u32)], at_most: Duration) {
    let all: Vec<(&AtomicU32, u32)> = std::iter::once((&RUNG, rung)).chain(words.iter().copied()).collect();
    word::wait_for_any(&all, at_most);
}
