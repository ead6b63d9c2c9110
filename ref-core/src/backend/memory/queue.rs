//! The queue of the writers of an object.

use super::{MemoryState, QueuePlace};
use crate::backend::Caller;
use crate::error::Holder;
use crate::id::ObjectId;
use crate::ledger::{Command, Refusal, Reply, SessionId};

impl MemoryState {
    /// Does what [`Backend::reserve_in_turn`](crate::backend::Backend::reserve_in_turn) does, for `session`.
    pub(super) fn reserve_in_turn(
        &mut self,
        object: ObjectId,
        session: SessionId,
        place: &mut Option<QueuePlace>,
        at: Caller,
    ) -> Result<Option<Reply>, (Refusal, Vec<Holder>)> {
        let joined = place.as_ref().map(|place| place.arrival);
        let is_first = self.objects.get(&object).is_none_or(|entry| entry.is_first_in_queue(joined));
        let result = is_first.then(|| self.apply(object, session, Command::Reserve, &[], at)).transpose();
        if let Some(entry) = self.objects.get_mut(&object) {
            match &result {
                Ok(Some(_)) => entry.leave_queue(joined),
                Ok(None) | Err((Refusal::Conflict(_), _)) if joined.is_none() => {
                    self.arrivals += 1;
                    entry.join_queue(self.arrivals, session);
                    *place = Some(QueuePlace { arrival: self.arrivals, note: 0, has_waited_in_vain: false });
                }
                _ => {}
            }
        }
        if let Ok(Some(_)) = result {
            *place = None;
        }
        result
    }
}
