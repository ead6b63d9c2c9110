//! Waiting for a change of a record, and waking the sessions that wait.

use super::record::{Mode, Record, State};
use super::session::Shm;
use super::shared::SharedStore;
use crate::sync::{Ordering, loom_fence_unless, stepped};
use std::time::Duration;

/// How often a waiter looks whether those it waits for are dead.
const PROBE_INTERVAL: Duration = Duration::from_millis(4);

impl SharedStore {
    /// A bit was cleared: tells whoever waits for that.
    pub(super) fn wake_after_return(&self, record: Record<'_>) {
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

impl Shm {
    /// Waits until the record's event is another than `seen`, or `slice` is over.
    pub(super) fn wait_for_change(&self, record: Record<'_>, seen: u32, slice: Duration) {
        // Who is dead is looked for again by whoever asks next, and an error is told then.
        let somebody_died = || self.recover_some_dead_holders(record).unwrap_or(true);
        stepped::wait(record.event(), seen, slice, PROBE_INTERVAL, somebody_died);
    }
}
