//! The list of steps that the system refused; `retry` tries them again.

use super::state::State;
use crate::id::Epoch;
use crate::sync::{Mutex, Ordering, lock, plain::AtomicU32};

/// The steps that this session still has to do.
#[derive(Default)]
pub(super) struct Unfinished {
    steps: Mutex<Vec<UnfinishedStep>>,
    /// How many steps are not done. While it is 0, no lock is taken.
    count: AtomicU32,
}

/// A step that the system refused. The step names its object by an epoch or a version, which no other object in the
/// record ever gets.
#[derive(Clone, Copy, Debug)]
pub(super) enum UnfinishedStep {
    /// Undo the making of an object, or finish reclaiming one. The record must still be in exactly this state.
    Record(u32, State),
    /// Remove a version whose commit was refused.
    Unstage(u32, Epoch),
    /// Remove the version that the commit of this version replaced, and this version's entry in the stage.
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

    /// Takes all steps. A step stays counted until the caller calls [`done`](Self::done) for it; until then `is_empty`
    /// is false.
    pub(super) fn take(&self) -> Vec<UnfinishedStep> {
        std::mem::take(&mut *lock(&self.steps))
    }

    /// Stops counting a step that was taken. A step that is refused again is pushed again, which counts it.
    pub(super) fn done(&self) {
        self.count.fetch_sub(1, Ordering::AcqRel);
    }
}
