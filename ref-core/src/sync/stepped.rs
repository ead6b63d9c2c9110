//! What threads and processes have in common: words, fences, and waiting.
//!
//! With `--cfg loom` these are loom's, which tries every order that the memory model allows (`cargo xtask loom`). Loom
//! has no sequentially consistent loads and stores, so the ledger says `fence(SeqCst)`; but see [`IN_ORDER`].

#[cfg(not(loom))]
pub(crate) use std::{
    sync::atomic::{AtomicU32, AtomicU64, fence},
    thread::yield_now,
};

#[cfg(loom)]
pub(crate) use loom::{
    sync::atomic::{AtomicU32, AtomicU64, fence},
    thread::yield_now,
};

use super::time::Instant;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// How a reader's bit is changed by whoever looks at the state next, as [`LOOKED_AT`] says. Others change the state, fence,
/// and look at the bits; of the two, the later one sees what the earlier one did.
///
/// A sequentially consistent swap and load do without the fence between them, which costs as much as the swap. Proof: had
/// neither seen the other, the load would come before the others' fence in the one order of all that is sequentially
/// consistent (it read what they then changed), their fence before the swap (they read what it then changed), and the
/// swap before the load, as written. (Likewise of the number of groups of bits, which comes before the first bit in a
/// group.) Loom, which has no such accesses, plays the same with a fence between them:
/// [`loom_fence_unless`](super::loom_fence_unless).
pub(crate) const IN_ORDER: Ordering = if cfg!(loom) { Ordering::AcqRel } else { Ordering::SeqCst };
/// How the state is loaded after a reader's bit was changed, and whatever else is looked at then.
pub(crate) const LOOKED_AT: Ordering = if cfg!(loom) { Ordering::Acquire } else { Ordering::SeqCst };

/// Waits while the word is still `seen`, for a wake or for the end of the slice: the caller looks again in any case. Every
/// `glance` it asks whether there is nothing to wait for any more.
#[cfg(not(loom))]
pub(crate) fn wait(word: &AtomicU32, seen: u32, slice: Duration, glance: Duration, is_over: impl Fn() -> bool) {
    use rustix::thread::futex;
    let until = Instant::now() + slice;
    loop {
        let left = until.saturating_duration_since(Instant::now());
        let nap = left.min(glance);
        let timeout = futex::Timespec { tv_sec: nap.as_secs() as i64, tv_nsec: nap.subsec_nanos().into() };
        // A change, a signal or the end of the nap.
        let _looked = futex::wait(word, futex::Flags::empty(), seen, Some(&timeout));
        if left <= glance || word.load(Ordering::Acquire) != seen || is_over() {
            return;
        }
    }
}

/// Wakes whoever waits for the word, in all processes.
#[cfg(not(loom))]
pub(crate) fn wake(word: &AtomicU32) {
    use rustix::thread::futex;
    // Can only fail for a bad address, and the waiters look again after a slice anyway.
    let _woken = futex::wake(word, futex::Flags::empty(), i32::MAX as u32);
}

#[cfg(loom)]
pub(crate) fn wait(_word: &AtomicU32, _seen: u32, _slice: Duration, _glance: Duration, _is_over: impl Fn() -> bool) {
    yield_now();
}

#[cfg(loom)]
pub(crate) fn wake(_word: &AtomicU32) {}
