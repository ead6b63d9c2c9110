//! The queues of writers. A writer of a published object that was refused joins the object's queue, and asks again when
//! the writers before it have left. So writers get the object in the order in which they came.
//!
//! A queue is a courtesy. The state of the record alone says which session may write, and any session may ask for that
//! at any time. So no word of a queue needs to be right: a wrong one costs time, or a turn out of order.
//!
//! ```text
//! place    in the page of the session's slot: record index 28 | arrival 34 | kind 2; 0 if no call has the place
//! event    in the same page: counts the changes of the slot's places; the futex of the calls behind these
//! queues   in the header: how many calls have joined a queue, 48 | how many are in one, 16
//! ```
//!
//! A call that is not the first of its queue sleeps on the event of the call before it, so the end of a turn wakes one
//! call. The first call sleeps on the record's event, as a call without a queue does. A call that leaves wakes the next
//! one. If the first call does not take a free object for [`PATIENCE`], since its process is stopped, slow or dead, a
//! call behind it skips it: the place stays, and does not count until its call asks again.

use super::layout::{Header, QUEUE_PLACES};
use super::map::Map;
use super::record::Record;
use super::session::Shm;
use super::shared::SharedStore;
use super::state::Mode;
use crate::backend::QueuePlace;
use crate::id::ObjectId;
use crate::sync::{Instant, Ordering, mutant, point, stepped};
use std::time::Duration;

/// How long the first call of a queue may leave a free object alone before the calls behind it skip it.
const PATIENCE: Duration = Duration::from_millis(10);

/// The kinds of a place: its call has no number yet, waits, or is skipped.
const JOINING: u64 = 1;
const WAITING: u64 = 2;
const SKIPPED: u64 = 3;
const KIND_BITS: u32 = 2;
const KIND: u64 = (1 << KIND_BITS) - 1;
const ARRIVAL_BITS: u32 = 34;

/// In [`Header::Queues`]: one call in a queue, all bits of this number, and one more arrival.
const ONE_CALL: u64 = 1;
const CALLS: u64 = (1 << 16) - 1;
const ONE_ARRIVAL: u64 = 1 << 16;

/// A place that a call has, as it was found.
#[derive(Clone, Copy)]
struct FoundPlace {
    slot: u16,
    nth: u64,
    word: u64,
}

/// What a look at the queues has found.
#[derive(Default)]
struct QueueLook {
    /// Whether any call is in any queue.
    any: bool,
    /// The first and the last of the calls before this one that wait for the same object and are not skipped.
    first: Option<FoundPlace>,
    last: Option<FoundPlace>,
}

impl FoundPlace {
    fn is_of(&self, index: u32) -> bool {
        self.word & KIND == WAITING && self.word >> (KIND_BITS + ARRIVAL_BITS) == u64::from(index)
    }

    fn arrival(&self) -> u64 {
        self.word >> KIND_BITS & ((1 << ARRIVAL_BITS) - 1)
    }
}

/// Returns the word of a place.
fn word_of(index: u32, arrival: u64, kind: u64) -> u64 {
    let arrival = arrival & ((1 << ARRIVAL_BITS) - 1);
    u64::from(index) << (KIND_BITS + ARRIVAL_BITS) | arrival << KIND_BITS | kind
}

/// Returns whether a call has come before another. The numbers wrap, and the calls that wait at one time are few.
fn is_before(arrival: u64, other: u64) -> bool {
    (arrival.wrapping_sub(other) << (64 - ARRIVAL_BITS)).cast_signed() < 0
}

impl Shm {
    /// Returns whether a call may ask for the object: no call before it waits in the queue, or the object is gone. If
    /// the call was skipped, it counts again.
    pub(super) fn is_turn(&self, object: ObjectId, place: Option<&QueuePlace>) -> bool {
        // Relaxed: a call that has just joined is missed at worst.
        let queues = self.shared.map.header(Header::Queues).load(Ordering::Relaxed);
        if queues & CALLS == 0 || self.present(object).is_none() {
            return true;
        }
        place.into_iter().for_each(|place| self.count_again(object, place));
        let look = self.shared.look_at_queue(object.index, place);
        if !look.any && !mutant("leave the count of a queue too high") {
            // A session died between its count and its place. The swap fails if a call has joined since.
            let header = self.shared.map.header(Header::Queues);
            let _next_time = header.compare_exchange(queues, queues & !CALLS, Ordering::Relaxed, Ordering::Relaxed);
        }
        look.first.is_none()
    }

    /// Gives the call a place in the object's queue, unless it has one or the session has no free place.
    pub(super) fn join_queue(&self, object: ObjectId, place: &mut Option<QueuePlace>) {
        if place.is_some() {
            return;
        }
        let map = &self.shared.map;
        let take = |nth: &u64| {
            map.queue_word(self.me, *nth).compare_exchange(0, JOINING, Ordering::Relaxed, Ordering::Relaxed).is_ok()
        };
        let Some(nth) = (0..QUEUE_PLACES).find(take) else { return };
        point("queue.joining");
        // The count is raised after the place is taken, and lowered after it is given back. So it is never too low for
        // a session that dies. Release: a session that reads the count sees the place.
        let before = map.header(Header::Queues).fetch_add(ONE_ARRIVAL + ONE_CALL, Ordering::AcqRel);
        point("queue.counted");
        let arrival = before >> ONE_ARRIVAL.trailing_zeros();
        map.queue_word(self.me, nth).store(word_of(object.index, arrival, WAITING), Ordering::Release);
        point("queue.joined");
        *place = Some(QueuePlace { arrival, note: nth as u32, has_waited_in_vain: false });
    }

    /// Gives the place back, unless this session was recovered meanwhile. Wakes the call behind it.
    pub(super) fn give_place_back(&self, object: ObjectId, place: &QueuePlace) {
        let map = &self.shared.map;
        let word = map.queue_word(self.me, place.note.into());
        let mine = word_of(object.index, place.arrival, WAITING) >> KIND_BITS;
        let cleared =
            word.fetch_update(Ordering::AcqRel, Ordering::Relaxed, |now| (now >> KIND_BITS == mine).then_some(0));
        if cleared.is_ok() {
            point("queue.left");
            // An event count, as of a record: a call behind reads the number before it looks at this place.
            map.queue_event(self.me).fetch_add(1, Ordering::AcqRel);
            if map.uncount_call() > 0 {
                stepped::wake(map.queue_event(self.me));
            }
        }
    }

    /// Waits until the call may ask, or `slice` is over. Skips the first call of the queue if it does not take a free
    /// object, and recovers dead sessions in the way: the first call may be stopped, and look for none.
    pub(super) fn wait_for_turn(&self, object: ObjectId, place: &QueuePlace, slice: Duration) {
        let map = &self.shared.map;
        let until = Instant::now() + slice;
        // When a call was found to be the first one while the object was free.
        let mut free: Option<(u64, Instant)> = None;
        let mut looked = Instant::now();
        loop {
            let Some(record) = self.present(object) else { return };
            self.count_again(object, place);
            let look = self.shared.look_at_queue(object.index, Some(place));
            let (Some(first), Some(last)) = (look.first, look.last) else { return };
            let now = Instant::now();
            let is_late = |since: Instant| now.saturating_duration_since(since) >= PATIENCE;
            match record.state().mode() {
                Some(Mode::Pending | Mode::Exclusive | Mode::Checkpointing | Mode::Publishing | Mode::Adopting) => {
                    free = None;
                    if is_late(looked) {
                        looked = now;
                        // The first call that asks gets the error.
                        let _recovered = self.recover_some_dead_holders(record);
                    }
                }
                _ => match free {
                    Some((word, since))
                        if word == first.word && is_late(since) && !mutant("wait for a stopped writer") =>
                    {
                        self.skip(first);
                        continue;
                    }
                    Some((word, _)) if word == first.word => {}
                    _ => free = Some((first.word, now)),
                },
            }
            // An event count. Acquire: pairs with the call that leaves. If it leaves after this load, the futex differs.
            let event = map.queue_event(last.slot);
            let seen = event.load(Ordering::Acquire);
            if map.queue_word(last.slot, last.nth).load(Ordering::Acquire) != last.word {
                continue;
            }
            let left = until.saturating_duration_since(now);
            if left.is_zero() {
                return;
            }
            stepped::wait(event, seen, left.min(PATIENCE), PATIENCE, || true);
        }
    }

    /// Returns the object's record if the object is there and not doomed.
    fn present(&self, object: ObjectId) -> Option<Record<'_>> {
        self.record(object).filter(|record| {
            let state = record.state();
            !state.doomed() && !state.has_no_object()
        })
    }

    /// Makes this session's own place count again, if another session has skipped it.
    fn count_again(&self, object: ObjectId, place: &QueuePlace) {
        let word = |kind| word_of(object.index, place.arrival, kind);
        let own = self.shared.map.queue_word(self.me, place.note.into());
        let _was_skipped = own.compare_exchange(word(SKIPPED), word(WAITING), Ordering::AcqRel, Ordering::Relaxed);
    }

    /// Skips a call, and recovers its session if that is dead. Wakes the calls behind it.
    fn skip(&self, place: FoundPlace) {
        let map = &self.shared.map;
        let word = map.queue_word(place.slot, place.nth);
        // A swap: the call may have left, and another one may have the place.
        let skipped = place.word & !KIND | SKIPPED;
        let _left = word.compare_exchange(place.word, skipped, Ordering::AcqRel, Ordering::Relaxed);
        // The call that asks gets the error.
        let _recovered = self.recover_if_dead(place.slot);
        map.queue_event(place.slot).fetch_add(1, Ordering::AcqRel);
        stepped::wake(map.queue_event(place.slot));
    }
}

impl SharedStore {
    /// Looks which calls are in the object's queue, before `place` if that is given.
    fn look_at_queue(&self, index: u32, place: Option<&QueuePlace>) -> QueueLook {
        let mut look = QueueLook::default();
        for slot in (0..self.claimed_slots()).filter(|slot| self.is_in_use(*slot)) {
            for nth in 0..QUEUE_PLACES {
                // Acquire: pairs with the release in `join_queue`.
                let found = FoundPlace { slot, nth, word: self.map.queue_word(slot, nth).load(Ordering::Acquire) };
                look.any |= found.word != 0;
                if !found.is_of(index) || place.is_some_and(|place| !is_before(found.arrival(), place.arrival)) {
                    continue;
                }
                if look.first.is_none_or(|first| is_before(found.arrival(), first.arrival())) {
                    look.first = Some(found);
                }
                if look.last.is_none_or(|last| is_before(last.arrival(), found.arrival())) {
                    look.last = Some(found);
                }
            }
        }
        look
    }

    /// Takes the calls of a dead session out of their queues. The caller has the slot's lock.
    pub(super) fn leave_queues_of(&self, dead: u16) {
        for nth in 0..QUEUE_PLACES {
            let word = self.map.queue_word(dead, nth);
            if word.load(Ordering::Acquire) == 0 {
                continue;
            }
            let left = word.swap(0, Ordering::AcqRel);
            point("recover.queue");
            self.map.queue_event(dead).fetch_add(1, Ordering::AcqRel);
            // A session that died as `JOINING` may have counted its call, or not: too high a count is put right later.
            if left != JOINING && self.map.uncount_call() > 0 {
                stepped::wake(self.map.queue_event(dead));
            }
        }
    }

    /// Clears the places of a slot that a new session takes. No call waits behind them.
    pub(super) fn clear_queue_places(&self, slot: u16) {
        (0..QUEUE_PLACES).for_each(|nth| self.map.queue_word(slot, nth).store(0, Ordering::Relaxed));
    }
}

impl Map {
    /// Counts one call in a queue less. Returns how many are left.
    fn uncount_call(&self) -> u64 {
        let queues = self.header(Header::Queues);
        let less = |now: u64| (now & CALLS > 0).then(|| now - ONE_CALL);
        let before = queues.fetch_update(Ordering::AcqRel, Ordering::Acquire, less);
        before.map_or(0, |before| (before & CALLS) - 1)
    }
}

#[test]
fn arrivals_are_compared_also_when_they_wrap() {
    let last = (1 << ARRIVAL_BITS) - 1;
    for (earlier, later) in [(0, 1), (5, 900), (last, 0), (last - 3, 7)] {
        assert!(is_before(earlier, later) && !is_before(later, earlier));
    }
    assert!(!is_before(4, 4));
}
