//! Waiting on words where no memory is shared with another process: a condition variable stands for the system's futex.

use super::plain::AtomicU32;
use super::{Condvar, Mutex, Ordering, PoisonError, lock};
use std::time::Duration;

static CHANGED: (Mutex<()>, Condvar) = (Mutex::new(()), Condvar::new());

/// Wakes every thread that waits on the word. The caller has just changed it.
pub(crate) fn wake_plain(_word: &AtomicU32) {
    // The lock is between a sleeper's look at the word and its sleep.
    drop(lock(&CHANGED.0));
    CHANGED.1.notify_all();
}

/// Waits until one of the words differs from the number beside it, or `at_most` is over. May return early.
pub(crate) fn wait_for_any(words: &[(&AtomicU32, u32)], at_most: Duration) {
    let same = |_: &mut ()| words.iter().all(|(word, seen)| word.load(Ordering::Acquire) == *seen);
    let waited = CHANGED.1.wait_timeout_while(lock(&CHANGED.0), at_most, same);
    drop(waited.unwrap_or_else(PoisonError::into_inner));
}
