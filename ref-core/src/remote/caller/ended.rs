//! Which of several calls are over.

use crate::sync::{Condvar, Mutex, PoisonError, lock};
use std::collections::VecDeque;

/// The indices of calls that are over, in the order in which they have ended.
#[derive(Default)]
pub(in crate::remote) struct Ended {
    indices: Mutex<VecDeque<usize>>,
    /// Notified when an index is added.
    added: Condvar,
}

impl Ended {
    /// Notes that the call of that index is over.
    pub(super) fn push(&self, index: usize) {
        lock(&self.indices).push_back(index);
        self.added.notify_all();
    }

    /// Waits until a call is over, and takes the index of the first.
    pub(super) fn pop(&self) -> usize {
        let mut indices = lock(&self.indices);
        loop {
            match indices.pop_front() {
                Some(index) => return index,
                None => indices = self.added.wait(indices).unwrap_or_else(PoisonError::into_inner),
            }
        }
    }
}
