//! Waiting for a change of a record, and waking the sessions that wait.

use super::record::Record;
use super::session::Shm;
use super::shared::SharedStore;
use super::state::{Mode, State};
use crate::sync::{Ordering, fence, loom_fence_unless, stepped};
use std::time::Duration;

/// How often a waiting session probes the sessions that it waits for.
const PROBE_INTERVAL: Duration = Duration::from_millis(4);

impl SharedStore {
    /// Wakes the sessions that may wait for a reader to leave. The caller has just cleared a reader bit.
    pub(super) fn wake_after_return(&self, record: Record<'_>) {
        // Dekker with a waiter: the waiter first changes the state (to the mode `Closing`, or by setting the `wait`
        // bit), and then reads the reader bits. The clearing of the bit and this load are sequentially consistent, so
        // only loom needs a fence here.
        loom_fence_unless("loom: clear a bit without its fence");
        let state = record.state_in_order();
        if state.is(Mode::Closing) || state.waited_for() {
            self.wake(record);
        }
    }

    /// Wakes waiting sessions, if the `wait` bit was set in the state `before`, which was replaced.
    pub(super) fn wake_if(&self, record: Record<'_>, before: State) {
        if before.waited_for() {
            self.wake(record);
        }
    }

    /// Wakes every session that waits for a change of the record.
    pub(super) fn wake(&self, record: Record<'_>) {
        // An event count: a waiter reads the number before it gives its command, and sleeps only while the number is
        // the same. So the waiter does not miss a change between the refusal and its sleep. Release: a waiter that sees
        // the new number sees the change.
        record.event().fetch_add(1, Ordering::AcqRel);
        stepped::wake(record.event());
    }
}

impl Shm {
    /// Sets the `wait` bit of an object without an owner, so that the end of the borrow in the way wakes this session.
    /// Returns false if no borrow is in the way any more. Returns true for an object of an owner, whose commands set the
    /// bit themselves.
    pub(super) fn announce_wait(&self, record: Record<'_>) -> bool {
        let state = record.state();
        let announce = || record.update_state(|now| (now == state).then(|| now.with_waiter())).is_ok();
        match state.mode() {
            Some(Mode::Open) => false,
            Some(Mode::Pending) if state.slot() == self.me => {
                let announced = announce();
                // Dekker with a reader that leaves: this session sets the bit and then reads the reader bits. The
                // reader clears its bit and then loads the state, in `wake_after_return`. One of the two sees the
                // other's change.
                fence(Ordering::SeqCst);
                announced && self.still_read(record)
            }
            Some(Mode::Pending | Mode::Exclusive | Mode::Publishing) => announce(),
            _ => true,
        }
    }

    /// Waits until the record's event number is no longer `seen`, or `slice` is over. Probes some of the sessions
    /// in the way from time to time, and returns when it has recovered a dead session or a probe has failed.
    pub(super) fn wait_for_change(&self, record: Record<'_>, seen: u32, slice: Duration) {
        // An error only ends the wait: the caller gives its command again, which probes the same sessions and returns
        // the error.
        let is_over = || self.recover_some_dead_holders(record).unwrap_or(true);
        stepped::wait(record.event(), seen, slice, PROBE_INTERVAL, is_over);
    }
}
