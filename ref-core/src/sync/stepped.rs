//! Atomics that processes share, fences, and waiting on a word.
//!
//! With `--cfg loom` the atomics and fences are loom's, and loom tries the orders of memory accesses (`cargo xtask
//! loom`). Loom has no sequentially consistent loads and stores, so the ledger uses `fence(SeqCst)`. Only accesses with
//! [`IN_ORDER`] and [`LOOKED_AT`] are sequentially consistent themselves, outside loom.

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

use std::sync::atomic::{AtomicU32 as PlainU32, Ordering};
use std::time::Duration;

/// The most words that one call of the system waits on.
#[cfg(not(loom))]
const MOST_WORDS: usize = 128;
/// How long a thread sleeps between two looks at words that the system does not wait on: Linux before 5.16 waits on one
/// word only, and no Linux on more than [`MOST_WORDS`].
#[cfg(not(loom))]
const BETWEEN_LOOKS: Duration = Duration::from_millis(1);

/// The ordering of a swap that changes a reader bit. The reader then loads the state, with the ordering [`LOOKED_AT`].
/// A lender changes the state, passes a fence, and then looks at the bits. At least one of reader and lender sees the
/// other's change (Dekker).
///
/// A sequentially consistent swap and load need no fence between them. A fence would cost as much as the swap. Proof,
/// by the one order S of all sequentially consistent operations: assume that neither reader nor lender sees the other's
/// change. The reader's load read the state before the lender changed it, so the load is before the lender's fence in
/// S. The lender read the bits before the reader's swap, so the fence is before the swap in S. In the reader's program
/// the swap comes before the load, so the swap is before the load in S, too. No order has such a circle. (The proof
/// also covers `Header::Groups`, which says how many words of reader bits a record uses. A session raises that number,
/// with a swap of this ordering, when it takes its slot, before its first swap of a reader bit.)
///
/// Under loom, such accesses are not sequentially consistent. There a fence stands between them:
/// [`loom_fence_unless`](super::loom_fence_unless).
pub(crate) const IN_ORDER: Ordering = if cfg!(loom) { Ordering::AcqRel } else { Ordering::SeqCst };
/// The ordering of the loads after a swap with [`IN_ORDER`]. The most important of them is the load of the state.
pub(crate) const LOOKED_AT: Ordering = if cfg!(loom) { Ordering::Acquire } else { Ordering::SeqCst };

/// Waits until the word is not `seen` any more, `is_over` returns true, or `slice` is over. The caller looks again in
/// any case. While the word is still `seen`, `is_over` is called whenever `glance` has passed, and after each wake and
/// signal.
#[cfg(not(loom))]
pub(crate) fn wait(word: &AtomicU32, seen: u32, slice: Duration, glance: Duration, is_over: impl Fn() -> bool) {
    use super::time::Instant;
    use rustix::thread::futex;
    let until = Instant::now() + slice;
    loop {
        let left = until.saturating_duration_since(Instant::now());
        let nap = left.min(glance);
        let timeout = futex::Timespec { tv_sec: nap.as_secs() as i64, tv_nsec: nap.subsec_nanos().into() };
        // `futex::wait` returns at a changed word, a wake, a signal or the end of the nap. Which of these it was does
        // not matter.
        let _looked = futex::wait(word, futex::Flags::empty(), seen, Some(&timeout));
        // Acquire: what was written before the word changed is visible to the caller's next look.
        if left <= glance || word.load(Ordering::Acquire) != seen || is_over() {
            return;
        }
    }
}

/// Wakes every thread that waits on the word, in all processes.
#[cfg(not(loom))]
pub(crate) fn wake(word: &AtomicU32) {
    use rustix::thread::futex;
    // `futex::wake` fails only for a bad address. Waiters look again after a slice in any case.
    let _woken = futex::wake(word, futex::Flags::empty(), i32::MAX as u32);
}

/// Wakes every thread of this process that waits on the word.
#[cfg(not(loom))]
pub(crate) fn wake_plain(word: &PlainU32) {
    wake(word);
}

/// Waits until one of the words differs from the number beside it, or `at_most` is over. May return early.
#[cfg(not(loom))]
pub(crate) fn wait_for_any(words: &[(&PlainU32, u32)], at_most: Duration) {
    use rustix::thread::futex;
    use rustix::time::{ClockId, clock_gettime};
    // Acquire: what was written before a word changed is visible to the caller's next look.
    let is_changed = || words.iter().any(|(word, seen)| word.load(Ordering::Acquire) != *seen);
    if is_changed() {
        return;
    }
    let one = |(word, seen): &(&PlainU32, u32)| {
        let mut wait = futex::Wait::new();
        wait.val = u64::from(*seen);
        wait.uaddr = futex::WaitPtr::new(word.as_ptr().cast());
        wait.flags = futex::WaitFlags::SIZE_U32;
        wait
    };
    let waits: Vec<futex::Wait> = words.iter().take(MOST_WORDS).map(one).collect();
    let nap = if words.len() > MOST_WORDS { at_most.min(BETWEEN_LOOKS) } else { at_most };
    let now = clock_gettime(ClockId::Monotonic);
    let nanos = now.tv_nsec + i64::from(nap.subsec_nanos());
    let until = futex::Timespec {
        tv_sec: now.tv_sec + nap.as_secs() as i64 + nanos / 1_000_000_000,
        tv_nsec: nanos % 1_000_000_000,
    };
    let waited = futex::waitv(&waits, futex::WaitvFlags::empty(), Some(&until), ClockId::Monotonic);
    // A changed word, a signal and the end of the time are as good as a wake.
    if let Err(rustix::io::Errno::NOSYS | rustix::io::Errno::PERM | rustix::io::Errno::INVAL) = waited {
        std::thread::sleep(at_most.min(BETWEEN_LOOKS));
    }
}

#[cfg(loom)]
pub(crate) fn wake_plain(_word: &PlainU32) {}

#[cfg(loom)]
pub(crate) fn wait_for_any(_words: &[(&PlainU32, u32)], _at_most: Duration) {}

#[cfg(loom)]
pub(crate) fn wait(_word: &AtomicU32, _seen: u32, _slice: Duration, _glance: Duration, _is_over: impl Fn() -> bool) {
    yield_now();
}

#[cfg(loom)]
pub(crate) fn wake(_word: &AtomicU32) {}
