//! Torture: many processes do all that the handles permit, and are killed at random moments.
//!
//! A process that was granted a borrow then takes a kernel lock, shared or exclusive, on a file that belongs to the
//! object. The process drops the lock before it gives the borrow back or commits. So a refused lock shows that a borrow
//! was granted wrongly, unless the borrow was revoked by then.
//!
//! A value shows whether it is torn, and has a counter. The counter of a commit is written down when the commit begins,
//! and again when the commit was acknowledged. The counter that a reader sees is at least the last acknowledged one,
//! and at most the last one that was begun.
//!
//! A process keeps some of the arrays that it reads, after their borrows are over, and looks at random moments whether
//! they are as they were. Some sessions write into the files of versions that they removed (`recycled_bytes`), and must
//! not write into the file of such an array.
//!
//! Some objects are put for a time. Such an object is there until its time is over, and not longer, by the clock of the
//! process that looks.

mod driver;
mod names;
mod oracle;
mod timed;
mod value;
mod worker;
pub mod world;

pub use driver::{Figures, Plan, run};
pub use names::supply;
pub use value::Numbered;
pub use worker::{visit, work};

/// A small generator of random numbers (xorshift64*), seeded for every process.
#[derive(Debug)]
pub struct Dice(u64);

impl Dice {
    /// Begins anew.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// Returns the next number, which is below `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % end
    }

    pub(crate) fn one_in(&mut self, chances: u64) -> bool {
        self.below(chances) == 0
    }
}
