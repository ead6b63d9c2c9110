//! The value that an owner has in this process.

use crate::codec::Encode;
use crate::sync::OnceLock;

/// The value, if it was loaded.
pub(crate) type MaybeLoaded<T> = Option<Box<T>>;

/// The value of an owner, if the owner has one: the value that the owner was made with, or one that a borrow has read
/// through a shared reference.
///
/// There are two places, and at most one is full. An `OnceLock` alone would do, and what fills one is compiled for each
/// type of values, with ten times as many lines as the rest of a [`put`](crate::Store::put). A program that puts
/// values and never borrows them does not need that.
pub(crate) struct Loaded<T> {
    kept: MaybeLoaded<T>,
    read: OnceLock<Box<T>>,
}

impl<T> Loaded<T> {
    pub(crate) const fn new(kept: MaybeLoaded<T>) -> Self {
        Self { kept, read: const { OnceLock::new() } }
    }

    #[inline]
    pub(crate) fn get(&self) -> Option<&T> {
        match &self.kept {
            Some(value) => Some(value.as_ref()),
            None => match self.read.get() {
                Some(value) => Some(value.as_ref()),
                None => None,
            },
        }
    }

    /// Returns the value without its type, which `value` takes away.
    pub(crate) fn get_as(&self, value: fn(&T) -> &dyn Encode) -> Option<&dyn Encode> {
        match self.get() {
            Some(loaded) => Some(value(loaded)),
            None => None,
        }
    }

    #[inline]
    pub(crate) fn get_mut(&mut self) -> Option<&mut T> {
        match &mut self.kept {
            Some(value) => Some(value.as_mut()),
            None => match self.read.get_mut() {
                Some(value) => Some(value.as_mut()),
                None => None,
            },
        }
    }

    /// Keeps a value that was read, unless another thread has kept one meanwhile. Returns the value that is kept.
    pub(crate) fn keep(&self, value: Box<T>) -> &T {
        match &self.kept {
            Some(value) => value,
            None => self.read.get_or_init(|| value),
        }
    }

    pub(crate) fn take(&mut self) -> MaybeLoaded<T> {
        match self.kept.take() {
            Some(value) => Some(value),
            None => self.read.take(),
        }
    }
}
