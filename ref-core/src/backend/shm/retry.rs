//! Steps behind a point of no return that the system refused, tried again.

use super::record::{Mode, Record, State};
use super::session::Shm;
use super::unfinished::UnfinishedStep;
use crate::error::Result;
use crate::event;

impl Shm {
    /// Remembers what remains of the record, if the step failed in the middle of it.
    pub(super) fn finish_record_later(&self, outcome: Result<()>, record: Record<'_>) {
        let Err(error) = outcome else { return };
        let state = record.state();
        let mine = matches!(state.mode(), Some(Mode::Init | Mode::Reclaiming)) && state.slot() == self.me;
        match mine {
            true => self.finish_later(Err(error), UnfinishedStep::Record(record.index, state)),
            false => event::not_given_back("a record", &error),
        }
    }

    /// Remembers `step` if it failed.
    pub(super) fn finish_later(&self, outcome: Result<()>, step: UnfinishedStep) {
        let Err(error) = outcome else { return };
        event::not_given_back("a file of the store", &error);
        self.unfinished.push(step);
    }

    /// Tries again what was refused.
    #[inline]
    pub(super) fn retry_unfinished(&self) {
        if !self.unfinished.is_empty() {
            self.retry_all();
        }
    }

    #[cold]
    fn retry_all(&self) {
        for step in self.unfinished.take() {
            self.unfinished.done();
            self.finish_later(self.finish(step), step);
        }
    }

    fn finish(&self, step: UnfinishedStep) -> Result<()> {
        let versions = self.shared.versions();
        let record = |index| self.shared.record(index);
        match step {
            UnfinishedStep::Record(index, state) => {
                record(index).map_or(Ok(()), |record| self.finish_in(record, state))
            }
            UnfinishedStep::RemoveReplaced(index, version) => {
                record(index).map_or(Ok(()), |record| self.shared.remove_replaced(record, self.me, version))
            }
            UnfinishedStep::Unstage(index, version) => versions.unstage(self.me, index, version),
            UnfinishedStep::LeaveStage(index, version) => versions.leave_stage(self.me, index, version),
        }
    }

    fn finish_in(&self, record: Record<'_>, state: State) -> Result<()> {
        match state.mode() {
            _ if record.state() != state => Ok(()),
            Some(Mode::Init) => self.shared.undo_init(record, state),
            _ => self.shared.finish_reclaim(record, state),
        }
    }
}
