//! The queues of writers. The server keeps the queue of a published object in the object's hash, and tells the first call
//! by a message when the object is free. It tells the call behind that one as well. A call that was told and does not ask
//! for [`PATIENCE`] is skipped: its process is stopped, slow or dead. `scripts/queue.lua` has the rules.

use super::reply::Granted;
use super::session::RedisSession;
use super::{answer, script};
use crate::backend::{Caller, QueuePlace};
use crate::error::{ErrorKind, Result};
use crate::id::ObjectId;
use crate::ledger::{Command, Reply};
use crate::sync::{Ordering, plain::AtomicU64};
use std::panic::Location;
use std::time::Duration;

/// How long the first call of a queue may leave a free object alone before the calls behind it skip it. It is longer
/// than the round trip of a message and a request between any two places on earth.
pub(super) const PATIENCE: Duration = Duration::from_millis(200);

/// The number of this process's last call that has asked in turn. A message names the call by its number.
static CALLS: AtomicU64 = AtomicU64::new(0);

impl RedisSession {
    /// Reserves the object in turn. Also returns `None` to a first call of the queue while a writer has the object, since
    /// the server tells that call when the writer is done.
    pub(super) fn reserve_in_queue(
        &self,
        object: ObjectId,
        place: &mut Option<QueuePlace>,
        at: Caller,
    ) -> Result<Option<Reply>> {
        let number = place.as_ref().map_or_else(|| 1 + CALLS.fetch_add(1, Ordering::Relaxed), |place| place.arrival);
        let is_late = place.as_ref().is_some_and(|place| place.has_waited_in_vain);
        // A wait needs a count of messages from before the request (event count). The first request of a call does not
        // see to it that messages come: most calls need not wait.
        let mut heard = if place.is_some() { Some(self.listener.listen()) } else { self.listener.count() };
        let asks = format!("{number},{}{}", self.listener.channels[0], if is_late { "," } else { "" });
        loop {
            let has_place = match self.request_if(object, Command::Reserve, Some(&asks), None, at) {
                Ok(Granted::Queued { has_place }) => has_place,
                Ok(granted) => {
                    *place = None;
                    return granted.reply().ok_or_else(answer::not_a_store).map(Some);
                }
                Err(error) => {
                    // The server may have obeyed the request. Then the call has a place, which it gives back later.
                    if error.kind() == ErrorKind::Indeterminate {
                        *place = Some(QueuePlace { arrival: number, note: 0, has_waited_in_vain: false });
                    }
                    return Err(error);
                }
            };
            match heard {
                _ if !has_place => *place = None,
                Some(note) => *place = Some(QueuePlace { arrival: number, note, has_waited_in_vain: false }),
                None => {
                    // The place is given back if the next request fails.
                    *place = Some(QueuePlace { arrival: number, note: 0, has_waited_in_vain: false });
                    heard = Some(self.listener.listen());
                    continue;
                }
            }
            return Ok(None);
        }
    }

    /// Waits until the server tells the call that it is the first one of a free object, or `slice` is over. If the server
    /// tells the call that it is the next one, waits for `PATIENCE` at most.
    pub(super) fn wait_to_be_first(&self, place: &mut QueuePlace, slice: Duration) {
        let [first, next] = messages(place.arrival);
        self.listener.wait_for_one_of(&[&first, &next], place.note, slice);
        if !self.listener.has_heard(&first, place.note) && self.listener.has_heard(&next, place.note) {
            self.listener.wait(&first, place.note, slice.min(PATIENCE));
        }
        place.has_waited_in_vain = !self.listener.has_heard(&first, place.note);
        self.listener.forget(&[&first, &next]);
    }

    /// Takes the call out of the queue. The server tells the next call if the object is free.
    pub(super) fn give_place_back(&self, object: ObjectId, place: &QueuePlace) {
        // In a forked child there is no own channel: the place is the parent's.
        let Ok(mut channel) = self.own_channel() else { return };
        let mut call = self.context(object, "", Location::caller()).script(&script::LEAVE_QUEUE);
        call.args.push(place.arrival.to_string().into_bytes());
        channel.post(call);
        self.settle_later(&mut channel);
    }
}

/// Returns the messages for a call: it is the first one of a free object, or the one after that.
fn messages(number: u64) -> [String; 2] {
    [format!("first:{number}"), format!("next:{number}")]
}
