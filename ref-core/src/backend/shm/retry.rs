//! Idempotent retry: the last steps of a command are tried again if the system refused them.
//!
//! A command stands once its swap has succeeded, even if the system refuses the removal of a file that follows. So the
//! command returns its reply, and the removal is tried again before this session's next call. If the system still
//! refuses the removal when the session closes, the session leaves its slot to a recoverer.

use super::locate::Staged;
use super::record::Record;
use super::session::Shm;
use super::state::{Mode, State};
use super::unfinished::UnfinishedStep;
use crate::error::Result;
use crate::event;

impl Shm {
    /// Remembers the record for another try, if `outcome` is an error in the middle of making or reclaiming its object.
    /// Any other error is only reported as an event.
    pub(super) fn finish_record_later(&self, outcome: Result<()>, record: Record<'_>) {
        let Err(error) = outcome else { return };
        let state = record.state();
        let mine = matches!(state.mode(), Some(Mode::Init | Mode::Reclaiming)) && state.slot() == self.me;
        // The record is remembered only while this session is in the middle of a step on it. The epoch in the state
        // tells the step's object from a later object in the record.
        match mine {
            true => self.finish_later(Err(error), UnfinishedStep::Record(record.index, state)),
            false => event::not_given_back("a record", &error),
        }
    }

    /// If `outcome` is an error, reports it as an event, and remembers `step` for another try.
    pub(super) fn finish_later(&self, outcome: Result<()>, step: UnfinishedStep) {
        let Err(error) = outcome else { return };
        event::not_given_back("a file of the store", &error);
        self.unfinished.push(step);
    }

    /// Tries the refused steps again. Every call that returns a `Result` calls this first, and so does the end of the
    /// session.
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
            UnfinishedStep::RemoveReplaced(index, version) => record(index)
                .map_or(Ok(()), |record| self.shared.remove_replaced(record, self.me, version, Staged::File)),
            UnfinishedStep::Unstage(index, version) => versions.unstage(self.me, index, version),
            UnfinishedStep::RemoveFromStage(index, version) => versions.remove_from_stage(self.me, index, version),
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
