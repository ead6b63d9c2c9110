//! The value of an object, and arrays of such values that a process holds after it has given their borrows back.

use super::Dice;
use super::oracle::Violation;
use ref_core::{Bulk, global_store};

/// A number, and a text and an array that follow from it.
#[global_store]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Numbered {
    /// The number.
    pub n: u64,
    /// Many times the same letter.
    text: String,
    /// Consecutive numbers, which begin with the number.
    cells: Bulk<u64>,
}

impl Numbered {
    /// Makes a value of about `size` bytes, half of them in the text and half in the array.
    #[must_use]
    pub fn sized(n: u64, size: usize) -> Self {
        let letter = char::from(b'a' + (n % 26) as u8);
        let cells = (size / 2 / size_of::<u64>()) as u64;
        Self { n, text: letter.to_string().repeat(size / 2), cells: (n..n + cells).collect() }
    }

    /// Returns the size with which [`sized`](Self::sized) makes a value that is as large as this one.
    #[must_use]
    pub fn size(&self) -> usize {
        2 * self.text.len()
    }

    /// Changes the value to the one that follows from `n`, in place.
    ///
    /// # Errors
    /// `Corrupt` if the array is in a store that something else has changed.
    pub(super) fn renumber(&mut self, n: u64) -> ref_core::Result<()> {
        self.cells.to_mut()?.iter_mut().zip(n..).for_each(|(cell, n)| *cell = n);
        (self.n, self.text) = (n, Self::sized(n, self.size()).text);
        Ok(())
    }

    /// Returns whether the text and the array follow from the number.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        *self == Self::sized(self.n, self.size())
    }
}

/// How many arrays a process holds at most.
const MOST: usize = 12;

/// Arrays that point into mapped versions. Their borrows are over, and their objects may be revoked, removed, or
/// another process's. Each array must stay as it was when it was read.
#[derive(Debug, Default)]
pub(super) struct HeldArrays {
    /// The number of the value that an array was read in, the array's length, and the array.
    arrays: Vec<(u64, usize, Bulk<u64>)>,
}

impl HeldArrays {
    /// Keeps the array of a value that was read, if the array is mapped. If there are [`MOST`], one of them is checked
    /// and dropped.
    pub(super) fn keep(&mut self, value: &Numbered, dice: &mut Dice) -> Result<(), Violation> {
        if !value.cells.is_mapped() {
            return Ok(());
        }
        if self.arrays.len() == MOST {
            check(&self.arrays.swap_remove(dice.below(MOST as u64) as usize))?;
        }
        self.arrays.push((value.n, value.cells.len(), value.cells.clone()));
        Ok(())
    }

    /// Checks one of the arrays, and drops it with some probability.
    pub(super) fn check_one(&mut self, dice: &mut Dice) -> Result<(), Violation> {
        if self.arrays.is_empty() {
            return Ok(());
        }
        let nth = dice.below(self.arrays.len() as u64) as usize;
        check(&self.arrays[nth])?;
        if dice.one_in(8) {
            self.arrays.swap_remove(nth);
        }
        Ok(())
    }

    /// Checks all arrays. The caller has closed the store.
    pub(super) fn check_all(self) -> Result<(), Violation> {
        self.arrays.iter().try_for_each(check)
    }
}

fn check((n, length, cells): &(u64, usize, Bulk<u64>)) -> Result<(), Violation> {
    match cells.len() == *length && cells.iter().copied().eq(*n..*n + *length as u64) {
        true => Ok(()),
        false => Err(format!("an array of {n} was changed while it was held: it begins with {:?}", &cells[..3])),
    }
}
