//! Steps behind a point of no return that the system refused: an idempotent retry.
//!
//! A command whose swap has happened has happened, even if the system refuses the clearing up that follows. So the
//! command returns what stands, and the removal is tried again before this session's next command. A session that ends
//! before that leaves its slot to a recoverer.

use super::Shm;
use super::record::{Mode, Record, State};
use crate::error::Result;
use crate::event;
use crate::id::Epoch;
use crate::sync::{Mutex, Ordering, lock, plain::AtomicU32};

/// What this session has still to do.
#[derive(Default)]
pub(super) struct Unfinished {
    steps: Mutex<Vec<Step>>,
    /// How many steps there are: sessions without any take no lock.
    count: AtomicU32,
}

/// A step that was refused. It names its object by an epoch or a version, which no other object ever gets.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    /// To take apart what this session was making or reclaiming, in exactly this state.
    Record(u32, State),
    /// To remove a version that lost its commit.
    Unstage(u32, Epoch),
    /// To remove what a commit has replaced, and its entry of the stage.
    ClearUp(u32, Epoch),
    /// To take a version off the stage that has got no name.
    LeaveStage(u32, Epoch),
}

impl Unfinished {
    /// Whether nothing is left to do; otherwise the slot is not given back.
    pub(super) fn is_empty(&self) -> bool {
        self.count.load(Ordering::Acquire) == 0
    }
}

impl Shm {
    /// Remembers what remains of the record, if the step failed in the middle of it.
    pub(super) fn finish_record_later(&self, outcome: Result<()>, record: Record<'_>) {
        let Err(error) = outcome else { return };
        let state = record.state();
        let mine = matches!(state.mode(), Some(Mode::Init | Mode::Reclaiming)) && state.slot() == self.me;
        match mine {
            true => self.finish_later(Err(error), Step::Record(record.index, state)),
            false => event::not_given_back("a record", &error),
        }
    }

    /// Remembers `step` if it failed.
    pub(super) fn finish_later(&self, outcome: Result<()>, step: Step) {
        let Err(error) = outcome else { return };
        event::not_given_back("a file of the store", &error);
        lock(&self.unfinished.steps).push(step);
        self.unfinished.count.fetch_add(1, Ordering::Release);
    }

    /// Tries again what was refused.
    #[inline]
    pub(super) fn catch_up(&self) {
        if !self.unfinished.is_empty() {
            self.try_again();
        }
    }

    #[cold]
    fn try_again(&self) {
        let steps = std::mem::take(&mut *lock(&self.unfinished.steps));
        for step in steps {
            self.unfinished.count.fetch_sub(1, Ordering::AcqRel);
            self.finish_later(self.finish(step), step);
        }
    }

    fn finish(&self, step: Step) -> Result<()> {
        let versions = self.table.versions();
        let record = |index| self.table.record(index);
        match step {
            Step::Record(index, state) => record(index).map_or(Ok(()), |record| self.finish_in(record, state)),
            Step::ClearUp(index, version) => {
                record(index).map_or(Ok(()), |record| self.table.clear_up(record, self.me, version))
            }
            Step::Unstage(index, version) => versions.unstage(self.me, index, version),
            Step::LeaveStage(index, version) => versions.leave_stage(self.me, index, version),
        }
    }

    fn finish_in(&self, record: Record<'_>, state: State) -> Result<()> {
        match state.mode() {
            _ if record.state() != state => Ok(()),
            Some(Mode::Init) => self.table.unmake(record, state),
            _ => self.table.finish_reclaim(record, state),
        }
    }
}
