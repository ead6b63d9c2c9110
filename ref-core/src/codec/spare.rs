//! The memory of the last large value that was encoded, for the next one.
//!
//! The allocator returns large memory to the kernel, and the kernel clears each page that is used again. That takes
//! longer than all else that an encoding does. So the process keeps one buffer, of at most 4 MiB.

use crate::sync::{Mutex, try_lock};
use std::mem;
use std::ops::RangeInclusive;

/// The capacities that are kept. The allocator keeps smaller memory itself.
const KEPT: RangeInclusive<usize> = 128 * 1024..=4 * 1024 * 1024;

/// The buffer of this process.
pub(super) static SPARE: Spare = Spare(Mutex::new(Vec::new()));

/// A buffer without bytes. No thread waits for the lock: in a forked child it may be locked for ever.
pub(super) struct Spare(Mutex<Vec<u8>>);

impl Spare {
    /// Moves `bytes` into the kept buffer, if that has room for `more` bytes too.
    #[cold]
    pub(super) fn grow(&self, bytes: &mut Vec<u8>, more: usize) {
        let length = bytes.len().saturating_add(more);
        let Some(mut spare) = try_lock(&self.0).filter(|_| KEPT.contains(&length)) else { return };
        if spare.capacity() >= length {
            spare.extend_from_slice(bytes);
            *bytes = mem::take(&mut *spare);
        }
    }

    /// Keeps the memory of `bytes`, if its size is worth keeping and the kept buffer is smaller.
    pub(super) fn keep(&self, mut bytes: Vec<u8>) {
        if !KEPT.contains(&bytes.capacity()) {
            return;
        }
        bytes.clear();
        // The smaller buffer is freed after the lock is released.
        let _smaller = match try_lock(&self.0) {
            Some(mut spare) if spare.capacity() < bytes.capacity() => mem::replace(&mut *spare, bytes),
            _ => bytes,
        };
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    /// Returns a spare that has kept `capacity` bytes, and where they are.
    fn kept(capacity: usize) -> (Spare, *const u8) {
        let (spare, mut bytes) = (Spare(Mutex::default()), Vec::with_capacity(capacity));
        bytes.push(9);
        let place = bytes.as_ptr();
        spare.keep(bytes);
        (spare, place)
    }

    #[test]
    fn a_large_value_is_written_where_the_last_one_was() {
        let (spare, place) = kept(1 << 20);
        let mut bytes = b"header".to_vec();
        spare.grow(&mut bytes, (1 << 20) - 6);
        assert_eq!((&bytes[..], bytes.as_ptr()), (&b"header"[..], place));
        assert_eq!(spare.0.lock().unwrap().capacity(), 0);
        spare.keep(bytes);
        assert_eq!(spare.0.lock().unwrap().as_ptr(), place);
    }

    #[test]
    fn what_does_not_fit_and_what_is_small_stays_where_it_is() {
        let (spare, place) = kept(1 << 20);
        for more in [1000, 1 << 20, usize::MAX] {
            let mut bytes = b"header".to_vec();
            let before = bytes.as_ptr();
            spare.grow(&mut bytes, more);
            assert_eq!((&bytes[..], bytes.as_ptr()), (&b"header"[..], before));
        }
        spare.keep(Vec::with_capacity(200_000));
        assert_eq!(spare.0.lock().unwrap().as_ptr(), place, "the larger buffer is kept");
        for capacity in [1000, 5 << 20] {
            let (spare, _) = kept(capacity);
            assert_eq!(spare.0.lock().unwrap().capacity(), 0);
        }
    }

    #[test]
    fn nothing_waits_for_the_lock() {
        let (spare, place) = kept(1 << 20);
        let held = spare.0.lock().unwrap();
        let mut bytes = b"header".to_vec();
        spare.grow(&mut bytes, 1 << 19);
        spare.keep(Vec::with_capacity(2 << 20));
        assert_eq!((&bytes[..], held.as_ptr()), (&b"header"[..], place));
    }
}
