//! What this process holds: how many shared borrows of each record.
//!
//! The ledger has one bit for a process and an object, so only the first borrow and the last return reach it. Both do
//! so under the lock of the record's shard, which keeps the bit and the count in step.

use crate::sync::stepped::{Mutex, MutexGuard, lock};
use std::collections::HashMap;

const SHARDS: usize = 16;

/// Counts of shared borrows, by record.
pub(super) struct Local {
    shards: [Mutex<HashMap<u32, u32>>; SHARDS],
}

/// The count of one record, held still.
pub(super) struct Count<'a> {
    shard: MutexGuard<'a, HashMap<u32, u32>>,
    index: u32,
}

impl Local {
    pub(super) fn new() -> Self {
        Self { shards: std::array::from_fn(|_| Mutex::new(HashMap::new())) }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.shards.iter().all(|shard| lock(shard).is_empty())
    }

    pub(super) fn hold_still(&self, index: u32) -> Count<'_> {
        Count { shard: lock(&self.shards[index as usize % SHARDS]), index }
    }
}

impl Count<'_> {
    pub(super) fn is_zero(&self) -> bool {
        !self.shard.contains_key(&self.index)
    }

    pub(super) fn add(&mut self) {
        *self.shard.entry(self.index).or_insert(0) += 1;
    }

    /// Takes one off; answers whether it was the last.
    pub(super) fn take_off(&mut self) -> bool {
        match self.shard.get_mut(&self.index) {
            None => false,
            Some(count) if *count > 1 => {
                *count -= 1;
                false
            }
            Some(_) => self.shard.remove(&self.index).is_some(),
        }
    }
}
