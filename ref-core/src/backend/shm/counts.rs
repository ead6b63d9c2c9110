//! How many shared borrows of each record this session holds.
//!
//! The ledger has one reader bit for a session and an object. So only the session's first borrow and its last return
//! change the ledger. The counts are in the memory of the process, and all threads that use the session share them.
//!
//! A count is also a small lock. Between 0 and 1, in both directions, it is `LOCKED` while a thread sets or clears the
//! reader bit. At 1 or more the bit is set already, so another borrow changes only the count.

use crate::sync::stepped::AtomicU64;
use crate::sync::{OnceLock, Ordering, yield_now};

/// How many counts are allocated together at most, when one of them is first used.
const CHUNK: usize = 1024;
/// The value of a count while one thread sets or clears the reader bit.
const LOCKED: u64 = 1 << 63;
/// How often a thread looks at a locked count before it begins to yield the processor.
const SPINS: u32 = 64;

/// Counts of shared borrows, by record.
pub(super) struct BorrowCounts {
    chunks: Box<[OnceLock<Box<[AtomicU64]>>]>,
    length: usize,
}

/// What [`BorrowCounts::increment`] found.
pub(super) enum Increment<'a> {
    /// The session had a borrow already. The count rose by one.
    Joined,
    /// This is the session's first borrow. The caller sets the reader bit, and then calls [`CountLock::keep`] if the
    /// borrow is granted. Otherwise the caller clears the bit and drops the lock.
    First(CountLock<'a>),
}

/// What [`BorrowCounts::decrement`] found.
pub(super) enum Decrement<'a> {
    NothingHeld,
    OthersRemain,
    /// This is the session's last borrow. The caller clears the reader bit, and then drops the lock.
    Last(CountLock<'a>),
}

/// A count that is locked between 0 and 1. When the lock is dropped, the count becomes 0, or 1 after `keep`.
pub(super) struct CountLock<'a> {
    count: &'a AtomicU64,
    then: u64,
}

impl BorrowCounts {
    pub(super) fn new(records: u32) -> Self {
        let length = CHUNK.min(records as usize).max(1);
        let chunks = (0..(records as usize).div_ceil(length)).map(|_| OnceLock::new()).collect();
        let counts = Self { chunks, length };
        if cfg!(loom) {
            // Loom does not model how a `OnceLock` hands its value to another thread, so the counts are made here.
            (0..records).for_each(|index| {
                let _made = counts.count(index);
            });
        }
        counts
    }

    /// Whether this session holds no shared borrow at all. A locked count counts as a borrow.
    pub(super) fn is_empty(&self) -> bool {
        let mut counts = self.chunks.iter().filter_map(OnceLock::get).flatten();
        counts.all(|count| count.load(Ordering::Acquire) == 0)
    }

    /// Returns whether this session holds a shared borrow of the record. Waits while the count is locked.
    pub(super) fn holds(&self, index: u32) -> bool {
        unlocked(self.count(index)) > 0
    }

    /// Counts one more borrow of the record. If it is the session's first, locks the count instead. Waits while another
    /// thread has the count locked.
    #[inline]
    pub(super) fn increment(&self, index: u32) -> Increment<'_> {
        let count = self.count(index);
        loop {
            match unlocked(count) {
                0 if shift(count, 0, LOCKED) => return Increment::First(CountLock { count, then: 0 }),
                some @ 1.. if shift(count, some, some + 1) => return Increment::Joined,
                _ => {}
            }
        }
    }

    /// Counts one borrow of the record less, if there is one. If it is the session's last, locks the count instead: the
    /// count becomes 0 when the [`CountLock`] is dropped. Waits while another thread has the count locked.
    #[inline]
    pub(super) fn decrement(&self, index: u32) -> Decrement<'_> {
        let count = self.count(index);
        loop {
            match unlocked(count) {
                0 => return Decrement::NothingHeld,
                1 if shift(count, 1, LOCKED) => return Decrement::Last(CountLock { count, then: 0 }),
                some @ 2.. if shift(count, some, some - 1) => return Decrement::OthersRemain,
                _ => {}
            }
        }
    }

    #[inline]
    fn count(&self, index: u32) -> &AtomicU64 {
        let (chunk, nth) = (index as usize / self.length, index as usize % self.length);
        let chunk = self.chunks[chunk].get_or_init(|| (0..self.length).map(|_| AtomicU64::new(0)).collect());
        &chunk[nth]
    }
}

impl CountLock<'_> {
    /// Unlocks the count at 1.
    pub(super) fn keep(mut self) {
        self.then = 1;
    }
}

impl Drop for CountLock<'_> {
    fn drop(&mut self) {
        // Release: a thread that joins at 1 acquires this store, and with it the reader bit that was set under the
        // lock.
        self.count.store(self.then, Ordering::Release);
    }
}

/// Changes the count from `from` to `to`. Returns false, and changes nothing, if the count is not `from`.
fn shift(count: &AtomicU64, from: u64, to: u64) -> bool {
    // The caller repeats this until it succeeds: together they are a compare-and-swap loop. Acquire pairs with the
    // release of the thread that unlocked the count. Release: another thread may give the last borrow back. That thread
    // clears the reader bit only after this thread's reads of the object.
    count.compare_exchange(from, to, Ordering::AcqRel, Ordering::Relaxed).is_ok()
}

/// Waits until no thread has the count locked, and returns the count.
#[inline]
fn unlocked(count: &AtomicU64) -> u64 {
    let mut looks = 0;
    loop {
        match count.load(Ordering::Acquire) {
            LOCKED if looks < SPINS && !cfg!(loom) => {
                looks += 1;
                std::hint::spin_loop();
            }
            LOCKED => yield_now(),
            some => return some,
        }
    }
}
