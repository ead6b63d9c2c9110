//! The shared code of the tests: processes that obey orders, stores for one test alone, the programs of `examples/`, hostile
//! input, and torture.

mod actor;
pub mod cables;
mod cells;
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
pub use fork::{_exit, close, copy_program, fork, in_a_child, pause, signal};
pub use ref_test_kit::{RedisServer, certificate, rights, spawn_asleep};
pub use scene::Scene;

use ref_core::{Bulk, global_store};

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

/// A value with two arrays.
#[global_store]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// The first cell.
    pub n: u64,
    /// Consecutive numbers.
    pub cells: Bulk<u64>,
    /// As many letters as there are cells.
    pub text: Bulk<str>,
}

impl Column {
    /// Makes a column of `cells` cells that follow from `n`.
    #[must_use]
    pub fn numbered(n: u64, cells: u64) -> Self {
        let letter = char::from(b'a' + (n % 26) as u8).to_string();
        Self { n, cells: (n..n + cells).collect(), text: letter.repeat(cells as usize).into() }
    }

    /// Sets all cells and letters to those that follow from `n`.
    ///
    /// # Errors
    /// `Corrupt` if the cells are in a store that something else has changed.
    pub fn renumber(&mut self, n: u64) -> ref_core::Result<()> {
        self.cells.to_mut()?.iter_mut().zip(n..).for_each(|(cell, n)| *cell = n);
        let text = Self::numbered(n, self.cells.len() as u64).text;
        (self.n, self.text) = (n, text);
        Ok(())
    }

    /// Returns whether the cells are consecutive numbers.
    #[must_use]
    pub fn is_numbered(cells: &[u64]) -> bool {
        cells.is_sorted_by(|a, b| b.checked_sub(*a) == Some(1))
    }

    /// Returns whether the cells and the text follow from the number.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        *self == Self::numbered(self.n, self.cells.len() as u64)
    }
}
