//! The limit of a store's bytes, as one session keeps it.

use crate::error::{Error, ErrorKind, Result};
use crate::sync::{Instant, Mutex, lock};
use std::time::Duration;

/// How long a count of the store's bytes is used at least.
const USED_FOR: Duration = Duration::from_millis(10);

/// A count is used for so many times as long as the counting took. So counting takes at most a tenth of the time.
const TIMES: u32 = 10;

/// Refuses versions that do not fit into [`StoreOptions::max_bytes`](crate::StoreOptions::max_bytes).
///
/// No word of the store has the sum of its bytes: a sum could not be repaired after `kill -9`. The bytes are counted
/// instead, as [`Store::stats`](crate::Store::stats) does. A count is used for a while, together with what this session
/// has written since. What it has removed since still counts, so no version is refused without a new count.
#[derive(Debug, Default)]
pub(super) struct SpaceLimit {
    most: Option<u64>,
    last: Mutex<Option<Count>>,
}

#[derive(Clone, Copy, Debug)]
struct Count {
    /// The bytes in the store then, and those that this session has written since.
    bytes: u64,
    /// When the store is counted again.
    until: Instant,
}

impl SpaceLimit {
    pub(super) fn new(most: Option<u64>) -> Self {
        Self { most, last: Mutex::new(None) }
    }

    /// Sets `length` bytes aside for a version that is about to be written. `count` returns how many bytes the store
    /// has.
    ///
    /// # Errors
    /// `StoreFull` if the store would have more than the limit; else the errors of `count`.
    pub(super) fn reserve(&self, length: usize, count: impl FnOnce() -> Result<u64>) -> Result<()> {
        let Some(most) = self.most else { return Ok(()) };
        let (length, began) = (length as u64, Instant::now());
        let mut last = lock(&self.last);
        if let Some(known) = last.as_mut()
            && began < known.until
            && known.bytes.saturating_add(length) <= most
        {
            known.bytes += length;
            return Ok(());
        }
        drop(last);
        // Other threads of this session need not wait for the count. What they write meanwhile is missing in it, as what
        // other sessions write is.
        let bytes = count()?;
        let taken = bytes.saturating_add(length);
        if taken > most {
            return Err(full(most, bytes, length));
        }
        let until = Instant::now() + (Instant::now().saturating_duration_since(began) * TIMES).max(USED_FOR);
        *lock(&self.last) = Some(Count { bytes: taken, until });
        Ok(())
    }
}

fn full(most: u64, bytes: u64, length: u64) -> Error {
    let what = format!("the store has {bytes} bytes of values, and {length} more would exceed its limit of {most}");
    Error::new(ErrorKind::StoreFull, what)
        .with_remedy("remove objects that are not needed, or open the store with a larger `StoreOptions::max_bytes`")
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    fn uncounted() -> Result<u64> {
        unreachable!("the last count is used")
    }

    #[test]
    fn what_fits_by_the_last_count_is_not_counted_and_what_does_not_is_counted_before_it_is_refused() {
        let space = SpaceLimit::new(Some(100));
        space.reserve(40, || Ok(20)).unwrap();
        space.reserve(40, uncounted).unwrap();
        // By the last count there is no room. By now, others have removed something.
        space.reserve(40, || Ok(60)).unwrap();
        let refused = space.reserve(1, || Ok(100)).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::StoreFull);
        assert_eq!(space.reserve(usize::MAX, || Ok(1)).unwrap_err().kind(), ErrorKind::StoreFull);
        SpaceLimit::new(None).reserve(usize::MAX, uncounted).unwrap();
    }
}
