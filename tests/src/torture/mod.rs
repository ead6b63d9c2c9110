//! Torture: many processes that do whatever the handles permit, and are killed at any moment.
//!
//! Whoever holds an object also takes a kernel lock on a file beside it, shared or exclusive, *after* it was granted, and
//! drops it *before* giving back, also by a commit: a grant that the lock refuses is one too many. Values prove their own
//! wholeness, and carry a counter: a commit's is written down when it begins and again when it was acknowledged, and what
//! is there lies between the two.

mod driver;
mod names;
mod oracle;
mod worker;
pub mod world;

pub use driver::{Figures, Plan, run};
pub use names::supply;
pub use worker::{visit, work};

/// A small generator of random numbers (xorshift64*), seeded for every process.
#[derive(Debug)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % end
    }

    pub(crate) fn one_in(&mut self, chances: u64) -> bool {
        self.below(chances) == 0
    }
}
