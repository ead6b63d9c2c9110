//! What threads and processes have in common: words, fences, the locks beside them, and waiting.
//!
//! With `--cfg loom` these are loom's, which tries every order that the memory model allows (`cargo xtask loom`). Loom
//! has no sequentially consistent loads and stores, so the ledger uses none: it says `fence(SeqCst)`.

#[cfg(not(loom))]
pub(crate) use std::{
    sync::atomic::{AtomicU32, AtomicU64, fence},
    sync::{Mutex, MutexGuard},
    thread::yield_now,
};

#[cfg(loom)]
pub(crate) use loom::{
    sync::atomic::{AtomicU32, AtomicU64, fence},
    sync::{Mutex, MutexGuard},
    thread::yield_now,
};

use std::time::Duration;

/// As `sync::lock`, for a lock that loom steps into.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(super::PoisonError::into_inner)
}

/// Waits while the word is still `seen`, for a wake or for the end of the slice: the caller looks again in any case.
#[cfg(not(loom))]
pub(crate) fn wait(word: &AtomicU32, seen: u32, slice: Duration) {
    use rustix::thread::futex;
    let timeout = futex::Timespec { tv_sec: slice.as_secs() as i64, tv_nsec: slice.subsec_nanos().into() };
    // A change, a signal or the end of the slice.
    let _looked = futex::wait(word, futex::Flags::empty(), seen, Some(&timeout));
}

/// Wakes whoever waits for the word, in all processes.
#[cfg(not(loom))]
pub(crate) fn wake(word: &AtomicU32) {
    use rustix::thread::futex;
    // Can only fail for a bad address, and the waiters look again after a slice anyway.
    let _woken = futex::wake(word, futex::Flags::empty(), i32::MAX as u32);
}

#[cfg(loom)]
pub(crate) fn wait(_word: &AtomicU32, _seen: u32, _slice: Duration) {
    yield_now();
}

#[cfg(loom)]
pub(crate) fn wake(_word: &AtomicU32) {}
