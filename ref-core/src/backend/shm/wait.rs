//! Waiting for a change of a record, and waking the sessions that wait.

use super::layout::HeaderHalf;
use super::record::Record;
use super::session::Shm;
use super::shared::SharedStore;
use super::state::{Mode, State};
use crate::id::{Epoch, ObjectId};
use crate::sync::stepped::AtomicU32;
use crate::sync::{Ordering, fence, loom_fence_unless, mutant, stepped};
use std::time::Duration;

/// How often a waiting session probes the sessions that it waits for.
const PROBE_INTERVAL: Duration = Duration::from_millis(4);
/// The bit of [`HeaderHalf::Named`] that says that a session waits, and of [`HeaderHalf::Doorbell`] that a reactor does.
const WAITED: u32 = 1;

impl SharedStore {
    /// Wakes the sessions that may wait for a reader to leave. The caller has just cleared a reader bit.
    pub(super) fn wake_after_return(&self, record: Record<'_>) {
        // Dekker with a waiter: the waiter first changes the state (to the mode `Closing`, or by setting the `wait`
        // bit), and then reads the reader bits. The clearing of the bit and this load are sequentially consistent, so
        // only loom needs a fence here.
        loom_fence_unless("loom: clear a bit without its fence");
        // No session waits for the readers of an open object: the sessions that wait for its next version set the bit,
        // and a reader changes nothing for them.
        let state = record.state_in_order();
        if state.is(Mode::Closing) || state.waited_for() && !state.is(Mode::Open) {
            self.wake(record);
        }
    }

    /// Wakes waiting sessions, if the `wait` bit was set in the state `before`, which was replaced.
    pub(super) fn wake_if(&self, record: Record<'_>, before: State) {
        if before.waited_for() {
            self.wake(record);
        }
    }

    /// Swaps the state as [`swap_state`](Record::swap_state) does, clears the `wait` bit, and wakes the sessions that have
    /// set it.
    pub(super) fn swap_and_wake(&self, record: Record<'_>, from: State, to: State) -> Result<State, State> {
        let to = to.without_waiter();
        let before = record.update_state(|state| state.is_but_for_waiter(from).then_some(to))?;
        self.wake_if(record, before);
        Ok(before)
    }

    /// Wakes every session that waits for a change of the record.
    pub(super) fn wake(&self, record: Record<'_>) {
        // An event count: a waiter reads the number before it gives its command, and sleeps only while the number is
        // the same. So the waiter does not miss a change between the refusal and its sleep. Release: a waiter that sees
        // the new number sees the change.
        record.event().fetch_add(1, Ordering::AcqRel);
        stepped::wake(record.event());
        self.ring_doorbell();
    }

    /// Wakes the reactors that sleep, in all processes. The caller has just changed a word that async calls may wait on.
    fn ring_doorbell(&self) {
        // The order of all swaps of this word decides. If a reactor sets its bit before this swap, this session wakes the
        // reactor. If after it, the reactor then finds the change: the swap is made even if no reactor sleeps. Release:
        // pairs with the acquire in `announce_reactor`.
        let word = self.map.header_half(HeaderHalf::Doorbell);
        let next = |now: u32| if now & WAITED == 0 { now } else { now.wrapping_add(1) };
        if mutant("loom: ring without a swap") && word.load(Ordering::Relaxed) & WAITED == 0 {
            return;
        }
        let before = word.fetch_update(Ordering::AcqRel, Ordering::Acquire, |now| Some(next(now)));
        if before.is_ok_and(|before| before & WAITED != 0) {
            stepped::wake(word);
        }
    }

    /// Notes that a reactor is about to sleep, and returns the number that it sleeps on. The reactor then looks for
    /// changes.
    #[cfg_attr(not(loom), allow(dead_code, reason = "a reactor has the word without a session"))]
    pub(super) fn announce_reactor(&self) -> u32 {
        announce(self.map.header_half(HeaderHalf::Doorbell))
    }

    /// Wakes the sessions that wait for the publication of an object, if there are some. The caller has just published
    /// an object.
    pub(super) fn wake_for_name(&self) {
        // The order of all swaps of this word decides. If a waiter sets its bit before this swap, this session wakes the
        // waiter. If after it, the waiter then finds the name: the swap is made even if no session waits. Release: pairs
        // with the acquire in `announce_name_wait`.
        let word = self.map.header_half(HeaderHalf::Named);
        let next = |now: u32| Some(if now & WAITED == 0 { now } else { now.wrapping_add(1) });
        if mutant("loom: publish without a swap") && word.load(Ordering::Relaxed) & WAITED == 0 {
            return;
        }
        let before = word.fetch_update(Ordering::AcqRel, Ordering::Acquire, next);
        if before.is_ok_and(|before| before & WAITED != 0) {
            stepped::wake(word);
            self.ring_doorbell();
        }
    }

    /// Notes that a session waits for the publication of an object, and returns the number that the session waits on.
    /// The session then looks whether the name leads to an object.
    pub(super) fn announce_name_wait(&self) -> u32 {
        announce(self.map.header_half(HeaderHalf::Named))
    }
}

impl Shm {
    /// Sets the `wait` bit of an object without an owner, so that the end of the borrow in the way wakes this session,
    /// and that of an object whose ticket for one borrower is not redeemed yet. Returns false if no borrow is in the
    /// way any more. Returns true for any other object of an owner, whose commands set the bit themselves. If this
    /// session has reserved the object, the call may be the one that has (`may_have_reserved`), which only the readers
    /// keep waiting.
    pub(super) fn announce_wait(&self, record: Record<'_>, may_have_reserved: bool) -> bool {
        let state = record.state();
        let announce = || record.update_state(|now| (now == state).then(|| now.with_waiter())).is_ok();
        match state.mode() {
            // Nothing is in the way any more: the borrow has begun and ended since the caller looked.
            Some(Mode::Open | Mode::Taken | Mode::Died) => false,
            Some(Mode::Pending) if state.slot() == self.me && may_have_reserved => {
                let announced = announce();
                // Dekker with a reader that leaves: this session sets the bit and then reads the reader bits. The
                // reader clears its bit and then loads the state, in `wake_after_return`. One of the two sees the
                // other's change.
                fence(Ordering::SeqCst);
                announced && self.still_read(record)
            }
            Some(Mode::Offered | Mode::Pending | Mode::Exclusive | Mode::Publishing | Mode::Checkpointing) => {
                announce()
            }
            _ => true,
        }
    }

    /// Sets the `wait` bit of a published object, so that its next version or its removal wakes this session. Returns
    /// false if `known` is not the current version any more, or if the object is gone.
    pub(super) fn announce_watch(&self, object: ObjectId, record: Record<'_>, known: Epoch) -> bool {
        let announced = set_wait_bit(record);
        // A second look. A commit stores `current` before its last swap of the state. If that swap is before this
        // session's, this session sees the new version (acquire in `update_state`). If it is after, it finds the bit and
        // wakes this session.
        let is_known = record.current() == known && record.birth() == object.birth;
        announced && (is_known || mutant("loom: watch without a second look"))
    }

    /// Sets the `wait` bit of an object that has an owner or is in transit, so that its detachment or its end wakes this
    /// session. Returns false if the object is detached or gone.
    pub(super) fn announce_detach_wait(&self, object: ObjectId, record: Record<'_>) -> bool {
        let announced = set_wait_bit(record);
        // A second look, as in `announce_watch`: `detach` stores the owner word before its last swap of the state.
        announced && !record.owner().is_open() && record.birth() == object.birth
    }

    /// Waits until the record's event number is no longer `seen`, or `slice` is over. Then recovers a dead writer, so
    /// that its commit is completed, and a dead owner.
    pub(super) fn sleep_until_changed(&self, record: Record<'_>, seen: u32, slice: Duration) {
        stepped::wait(record.event(), seen, slice, slice, || true);
        if record.event().load(Ordering::Acquire) == seen {
            // The caller looks again in any case, and gets the error that the system gives.
            let _recovered = self.recover_some_dead_holders(record);
        }
    }

    /// Waits until the number of publications is no longer `seen`, or `slice` is over.
    pub(super) fn wait_for_publication(&self, seen: u32, slice: Duration) {
        stepped::wait(self.shared.map.header_half(HeaderHalf::Named), seen, slice, slice, || true);
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

/// Sets the bit that says that a session or a reactor waits, and returns the number to wait on.
pub(super) fn announce(word: &AtomicU32) -> u32 {
    word.fetch_or(WAITED, Ordering::AcqRel) | WAITED
}

/// Sets the `wait` bit, unless the object is doomed or gone. Returns whether it is set.
fn set_wait_bit(record: Record<'_>) -> bool {
    let is_present = |now: State| !now.doomed() && !now.has_no_object();
    record.update_state(|now| is_present(now).then(|| now.with_waiter())).is_ok()
}
