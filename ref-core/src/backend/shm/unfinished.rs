//! The list of steps that the system refused; `retry` tries them again.

use super::state::State;
use crate::id::Epoch;
use crate::sync::{Mutex, Ordering, lock, plain::AtomicU32};

/// The steps that this session still has to do.
#[derive(Default)]
pub(super) struct Unfinished {
    steps: Mutex<Vec<UnfinishedStep>>,
    /// How many steps there are, so that a session without any takes no lock.
    count: AtomicU32,
}

/// A step that the system refused. It names its object by an epoch or a version, which no other object in the record
/// ever gets.
#[derive(Clone, Copy, Debug)]
pub(super) enum UnfinishedStep {
    /// Undo the making of an object, or finish reclaiming one. The record must still be in exactly this state.
    Record(u32, State),
    /// Remove a version whose commit was refused.
    Unstage(u32, Epoch),
    /// Remove the version that a commit replaced, and its entry of the stage.
    RemoveReplaced(u32, Epoch),
    /// Remove from the stage a version that was never given its name.
    RemoveFromStage(u32, Epoch),
}

impl Unfinished {
    /// Whether no step is left. A session with steps left does not give its slot back.
    pub(super) fn is_empty(&self) -> bool {
        // Acquire: pairs with the release in `push`. The list itself is behind the lock.
        self.count.load(Ordering::Acquire) == 0
    }

    /// Adds a step.
    pub(super) fn push(&self, step: UnfinishedStep) {
        lock(&self.steps).push(step);
        self.count.fetch_add(1, Ordering::Release);
    }

    /// Takes all steps. A step stays counted until the caller calls [`done`](Self::done) for it, so `is_empty` is false
    /// meanwhile.
    pub(super) fn take(&self) -> Vec<UnfinishedStep> {
        std::mem::take(&mut *lock(&self.steps))
    }

    /// Stops counting a step that was taken. If it is refused again, it is pushed, and so counted, again.
    pub(super) fn done(&self) {
        self.count.fetch_sub(1, Ordering::AcqRel);
    }
}
