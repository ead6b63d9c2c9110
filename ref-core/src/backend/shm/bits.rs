//! Readers' bits, and waking who waits for them to be cleared.

use super::Table;
use super::layout::{GROUP, Header};
use super::record::{Mode, Record, State};
use crate::sync::stepped::{self, IN_ORDER};
use crate::sync::{Ordering, loom_fence_unless, point};

impl Table {
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
    pub(super) fn clear_bit_of(&self, record: Record<'_>, slot: u16) {
        let (word, bit) = (record.readers(slot / GROUP), 1 << (slot % GROUP));
        if word.load(Ordering::Relaxed) & bit == 0 {
            return;
        }
        self.take_bit_off(record, slot);
        self.see_who_waits(record);
    }

    pub(super) fn take_bit_off(&self, record: Record<'_>, slot: u16) {
        record.readers(slot / GROUP).fetch_and(!(1 << (slot % GROUP)), IN_ORDER);
        point("clear.bit");
    }

    /// A bit was cleared: tells whoever waits for that.
    pub(super) fn see_who_waits(&self, record: Record<'_>) {
        loom_fence_unless("loom: clear a bit without its fence");
        let state = record.state_in_order();
        if state.is(Mode::Closing) || state.waited_for() {
            self.wake(record);
        }
    }

    pub(super) fn wake_if(&self, record: Record<'_>, before: State) {
        if before.waited_for() {
            self.wake(record);
        }
    }

    pub(super) fn wake(&self, record: Record<'_>) {
        record.event().fetch_add(1, Ordering::AcqRel);
        stepped::wake(record.event());
    }
}
