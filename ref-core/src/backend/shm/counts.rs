//! What this process holds: how many shared borrows of each record.
//!
//! The ledger has one bit for a process and an object, so only the first borrow and the last return reach it. A count
//! is a word of this process's own. Who takes it from none to one, or back, holds it still meanwhile, which keeps the
//! bit and the count in step; who finds it above none adds one, and is spared the ledger's bit: whoever left the count
//! at one had set it, and looked at the state afterwards.

use crate::sync::stepped::AtomicU64;
use crate::sync::{OnceLock, Ordering, yield_now};

/// Counts that are made together, when one of their records is first borrowed.
const CHUNK: usize = 1024;
/// Somebody holds the count still.
const LOCKED: u64 = 1 << 63;
/// How often somebody who holds a count still is waited for without giving the processor away.
const SPINS: u32 = 64;

/// Counts of shared borrows, by record.
pub(super) struct BorrowCounts {
    chunks: Box<[OnceLock<Box<[AtomicU64]>>]>,
    length: usize,
}

/// What a borrower finds.
pub(super) enum Entered<'a> {
    /// One more of those that the process has.
    Joined,
    First(CountLock<'a>),
}

/// What who gives back leaves.
pub(super) enum Left<'a> {
    NothingHeld,
    OthersRemain,
    Last(CountLock<'a>),
}

/// A count between none and one, held still; dropped, it is none.
pub(super) struct CountLock<'a> {
    count: &'a AtomicU64,
    then: u64,
}

impl BorrowCounts {
    pub(super) fn new(records: u32) -> Self {
        let length = CHUNK.min(records as usize).max(1);
        let chunks = (0..(records as usize).div_ceil(length)).map(|_| OnceLock::new()).collect();
        let local = Self { chunks, length };
        if cfg!(loom) {
            // It does not see that a `OnceLock` hands over what it makes.
            (0..records).for_each(|index| _ = local.count(index));
        }
        local
    }

    pub(super) fn is_empty(&self) -> bool {
        let mut counts = self.chunks.iter().filter_map(OnceLock::get).flatten();
        counts.all(|count| count.load(Ordering::Acquire) == 0)
    }

    pub(super) fn holds(&self, index: u32) -> bool {
        unlocked(self.count(index)) > 0
    }

    /// Counts one borrow more.
    #[inline]
    pub(super) fn enter(&self, index: u32) -> Entered<'_> {
        let count = self.count(index);
        loop {
            match unlocked(count) {
                0 if shift(count, 0, LOCKED) => return Entered::First(CountLock { count, then: 0 }),
                some @ 1.. if shift(count, some, some + 1) => return Entered::Joined,
                _ => {}
            }
        }
    }

    /// Counts one borrow less. The last one is still counted until its [`CountLock`] is over.
    #[inline]
    pub(super) fn leave(&self, index: u32) -> Left<'_> {
        let count = self.count(index);
        loop {
            match unlocked(count) {
                0 => return Left::NothingHeld,
                1 if shift(count, 1, LOCKED) => return Left::Last(CountLock { count, then: 0 }),
                some @ 2.. if shift(count, some, some - 1) => return Left::OthersRemain,
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
    /// The count is one.
    pub(super) fn keep(mut self) {
        self.then = 1;
    }
}

impl Drop for CountLock<'_> {
    fn drop(&mut self) {
        self.count.store(self.then, Ordering::Release);
    }
}

fn shift(count: &AtomicU64, from: u64, to: u64) -> bool {
    count.compare_exchange(from, to, Ordering::AcqRel, Ordering::Relaxed).is_ok()
}

/// The count, once nobody holds it still.
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
