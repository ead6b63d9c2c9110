//! Reader bits: one for each session and object. A count could not be repaired after a crash: nothing would tell how
//! much the dead session had added to it.
//!
//! A session sets its bit and then looks at the state again; a lender changes the state and then looks at the bits
//! (Dekker, or store buffering). Each of the two sessions takes its two steps in sequentially consistent order. So at
//! least one session sees the other's change: the lender sees the bit, or the reader sees the changed state and backs
//! out.

use super::layout::{GROUP, Header};
use super::record::Record;
use super::session::Shm;
use super::shared::SharedStore;
use crate::sync::stepped::IN_ORDER;
use crate::sync::{Ordering, point, yield_now};

/// How often the bits are read before a set bit counts as a holder's. The bit may belong to a session that is about to
/// back out.
const READER_CHECKS: u32 = 3;

impl SharedStore {
    /// Returns the slots whose reader bit is set. The session in such a slot holds a shared borrow of the record, is in
    /// the middle of borrowing it or of giving it back, or has died and is not recovered.
    pub(super) fn reader_slots(&self, record: Record<'_>) -> impl Iterator<Item = u16> {
        (0..self.groups_in_use()).flat_map(move |group| {
            // Acquire: pairs with the release of the session that cleared its bit. That session's reads under its
            // borrow happened before the caller's next steps.
            let word = record.readers(group).load(Ordering::Acquire);
            (0..GROUP).filter(move |bit| word & 1 << bit != 0).map(move |bit| group * GROUP + bit)
        })
    }

    /// Returns how many groups of slots have had a session.
    fn groups_in_use(&self) -> u16 {
        // Acquire is enough after the fence of a caller that looks at reader bits: a session raises the number of groups
        // before it sets the first bit in a group, and both operations are in the total order.
        let groups = self.map.header(Header::Groups).load(Ordering::Acquire);
        u16::try_from(groups).unwrap_or(u16::MAX).min(self.map.layout().groups())
    }

    /// Returns the number after the last slot that may have had a session.
    pub(super) fn claimed_slots(&self) -> u16 {
        self.groups_in_use().saturating_mul(GROUP).min(self.map.layout().slots)
    }

    /// Clears the slot's reader bit if it is set, and wakes sessions that wait for a change of the record.
    pub(super) fn clear_bit_and_wake(&self, record: Record<'_>, slot: u16) {
        let (word, bit) = (record.readers(slot / GROUP), 1 << (slot % GROUP));
        // Relaxed: only the holder of the slot's lock changes this bit (rule S in `slot`), and the caller is the
        // holder.
        if word.load(Ordering::Relaxed) & bit == 0 {
            return;
        }
        self.clear_bit(record, slot);
        self.wake_after_return(record);
    }

    /// Clears the slot's reader bit. The caller looks at the state next.
    pub(super) fn clear_bit(&self, record: Record<'_>, slot: u16) {
        // Sequentially consistent: this is the first half of Dekker's handshake with a session that changes the state
        // (closes, waits or dooms) and then reads the bits. The second half is the load of the state with
        // `state_in_order`. The release orders this session's reads before the next steps of a session that sees the
        // cleared bit.
        record.readers(slot / GROUP).fetch_and(!(1 << (slot % GROUP)), IN_ORDER);
        point("clear.bit");
    }
}

impl Shm {
    /// Returns whether any session holds a shared borrow of the record. Looks again if a bit is set, since the bit's
    /// session may be about to back out. The caller has changed the state, and passed a sequentially consistent fence.
    pub(super) fn still_read(&self, record: Record<'_>) -> bool {
        (0..READER_CHECKS).all(|look| {
            // A session that backs out needs only a moment.
            if look > 0 {
                yield_now();
            }
            self.shared.reader_slots(record).next().is_some()
        })
    }
}
