//! The test kit: real processes that obey orders, and stores that are checked afterwards.

mod actor;
pub mod cycles;
mod fork;
pub mod hostile;
pub mod opens;
pub mod proxy;
mod scene;
pub mod sources;
pub mod torture;

pub use actor::{Actor, Answer, program};
pub use fork::{_exit, fork, in_a_child, pause, signal};
pub use ref_test_kit::{RedisServer, spawn_asleep};
pub use scene::Scene;

use ref_core::global_store;

/// What the tests store: a number, and as much text as they like.
#[global_store]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// The number.
    pub n: u64,
    /// The text.
    pub body: String,
}

/// A note in its next state: what the tests make of one by a transition.
#[global_store]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed {
    /// The note.
    pub note: Note,
    /// Whose seal it is.
    pub by: u64,
}

impl Note {
    /// A note with `size` bytes of text that follows from `n`, so that a torn one is seen.
    #[must_use]
    pub fn sized(n: u64, size: usize) -> Self {
        let letter = char::from(b'a' + (n % 26) as u8);
        Self { n, body: letter.to_string().repeat(size) }
    }

    /// Whether number and text belong together.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        *self == Self::sized(self.n, self.body.len())
    }
}
