//! Detached objects that go at a deadline.
//!
//! The owner word says that the object has a deadline, and the note is the deadline. Both stay as they are while the
//! state does: a session that extends the time swaps the state to `Adopting` first, as an adopter does, and to another
//! state afterwards. The end of the time is an eviction: one swap, from the state that was loaded before the owner word
//! and the note. So of an extension and an end, one wins.

use super::clock::{self, Deadline};
use super::denied::CommandResult;
use super::layout::Header;
use super::record::Record;
use super::session::Shm;
use super::shared::SharedStore;
use super::state::{Mode, State};
use crate::id::ObjectId;
use crate::ledger::Reply;
use crate::sync::{Ordering, mutant, point};
use std::time::Duration;

/// Returns whether the object is detached, and has a deadline for which `is_over` returns true. `state` was loaded
/// before.
pub(super) fn is_over_at(record: Record<'_>, state: State, is_over: impl Fn(Deadline) -> bool) -> bool {
    let is_open = matches!(
        state.mode(),
        Some(Mode::Open | Mode::Pending | Mode::Exclusive | Mode::Publishing | Mode::Checkpointing)
    );
    is_open && !state.doomed() && record.owner().is_timed() && is_over(record.deadline())
}

/// Returns whether the time of the object is over at `state`, which was loaded before.
pub(super) fn is_over(record: Record<'_>, state: State) -> bool {
    is_over_at(record, state, Deadline::is_over)
}

impl SharedStore {
    /// Notes the time of this boot, for the objects that have a time, if the machine boots again.
    pub(super) fn note_clock(&self) {
        self.map.header(Header::Clock).fetch_max(clock::now(), Ordering::AcqRel);
    }

    /// Does what [`note_clock`](Self::note_clock) does, unless no object of the store has had a time.
    pub(super) fn note_clock_again(&self) {
        if self.map.header(Header::Clock).load(Ordering::Acquire) > 0 {
            self.note_clock();
        }
    }

    /// Gives every detached object with a time the deadline of this boot that leaves what was left at the last note of the
    /// earlier boot. The caller holds the ledger's exclusive lock. The note is taken away first: if this process is killed,
    /// the next one finds none, and leaves the deadlines as they are. So an object may stay for longer, and never for less.
    pub(super) fn carry_times(&self) {
        let noted = self.map.header(Header::Clock).swap(0, Ordering::AcqRel);
        point("boot.unclocked");
        for record in self.used_records().filter(|record| record.owner().is_timed()) {
            record.set_deadline(record.deadline().at_this_boot(noted));
        }
    }
}

impl Shm {
    /// Removes the object if its time is over, and returns whether this call did. Its readers read on, and a writer's
    /// later commit is refused.
    pub(super) fn drop_after_time(&self, record: Record<'_>) -> bool {
        self.drop_if_over(record, Deadline::is_over)
    }

    /// Does what [`drop_after_time`](Self::drop_after_time) does, by another clock.
    pub(super) fn drop_if_over(&self, record: Record<'_>, over: impl Fn(Deadline) -> bool) -> bool {
        let state = record.state();
        if !is_over_at(record, state, over) {
            return false;
        }
        point("expire.looked");
        let seen = if mutant("expire in any state") { record.state() } else { state };
        let Ok(before) = record.doom_from(seen) else { return false };
        point("expire.doomed");
        self.shared.wake_if(record, before);
        self.reclaim(record);
        true
    }

    /// Lets a detached object stay for `time` from now on at least. An object without a time stays as it is.
    pub(super) fn extend(&self, object: ObjectId, record: Record<'_>, time: Duration) -> CommandResult {
        let adopting = self.begin_adoption(object, record)?;
        self.shared.note_clock();
        if record.owner().is_timed() {
            record.set_deadline(record.deadline().or_later(Deadline::after(time)));
            point("extend.noted");
        }
        self.cancel_adoption(record, adopting);
        Ok(Reply::Done)
    }
}
