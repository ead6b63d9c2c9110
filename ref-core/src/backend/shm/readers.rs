//! Readers' bits: one bit for a session and an object.

use super::layout::{GROUP, Header};
use super::record::Record;
use super::session::Shm;
use super::shared::SharedStore;
use crate::sync::stepped::IN_ORDER;
use crate::sync::{Ordering, point, yield_now};

/// How often a closing loan is looked at again before a process that may only be asking counts as a holder.
const LOOKS: u32 = 3;

impl SharedStore {
    /// Slots whose process holds, or is just asking for, a shared borrow of the record.
    pub(super) fn reader_slots(&self, record: Record<'_>) -> impl Iterator<Item = u16> {
        let groups = self.map.header(Header::Groups).load(Ordering::Acquire);
        let groups = u16::try_from(groups).unwrap_or(u16::MAX).min(self.map.layout().groups());
        (0..groups).flat_map(move |group| {
            let word = record.readers(group).load(Ordering::Acquire);
            (0..GROUP).filter(move |bit| word & 1 << bit != 0).map(move |bit| group * GROUP + bit)
        })
    }

    /// Clears a reader bit, on behalf of its slot, and tells whoever waits for that.
    pub(super) fn clear_bit_and_wake(&self, record: Record<'_>, slot: u16) {
        let (word, bit) = (record.readers(slot / GROUP), 1 << (slot % GROUP));
        if word.load(Ordering::Relaxed) & bit == 0 {
            return;
        }
        self.clear_bit(record, slot);
        self.wake_after_return(record);
    }

    pub(super) fn clear_bit(&self, record: Record<'_>, slot: u16) {
        record.readers(slot / GROUP).fetch_and(!(1 << (slot % GROUP)), IN_ORDER);
        point("clear.bit");
    }
}

impl Shm {
    /// Whether anybody holds a shared borrow. The state was changed and a fence passed before.
    pub(super) fn still_read(&self, record: Record<'_>) -> bool {
        (0..LOOKS).all(|look| {
            if look > 0 {
                yield_now();
            }
            self.shared.reader_slots(record).next().is_some()
        })
    }
}
