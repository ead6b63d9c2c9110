//! The shared code of the tests: processes that obey orders, stores for one test alone, the programs of `examples/`, hostile
//! input, and torture.

mod actor;
pub mod cycles;
mod examples;
mod fork;
pub mod hostile;
pub mod opens;
pub mod proxy;
mod scene;
pub mod sources;
pub mod torture;

pub use actor::{Actor, Answer, program};
pub use examples::examples;
pub use fork::{_exit, close, fork, in_a_child, pause, signal};
pub use ref_test_kit::{RedisServer, spawn_asleep};
pub use scene::Scene;

use ref_core::global_store;

/// The value that the tests store: a number, and a text of any length.
#[global_store]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// The number.
    pub n: u64,
    /// The text.
    pub body: String,
}

/// The type of an object that was a [`Note`] before a transition.
#[global_store]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed {
    /// The note that was sealed.
    pub note: Note,
    /// A number that the sealing test or process chose.
    pub by: u64,
}

impl Note {
    /// Makes a note with `size` bytes of text that follows from `n`. So [`is_whole`](Self::is_whole) recognizes a torn
    /// note.
    #[must_use]
    pub fn sized(n: u64, size: usize) -> Self {
        let letter = char::from(b'a' + (n % 26) as u8);
        Self { n, body: letter.to_string().repeat(size) }
    }

    /// Returns whether the text follows from the number.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        *self == Self::sized(self.n, self.body.len())
    }
}
