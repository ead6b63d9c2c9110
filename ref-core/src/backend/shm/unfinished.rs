//! Steps behind a point of no return that the system refused: an idempotent retry.
//!
//! A command whose swap has happened has happened, even if the system refuses the clearing up that follows. So the
//! command returns what stands, and the removal is tried again before this session's next command. A session that ends
//! before that leaves its slot to a recoverer.

use super::record::State;
use crate::id::Epoch;
use crate::sync::{Mutex, Ordering, lock, plain::AtomicU32};

/// What this session has still to do.
#[derive(Default)]
pub(super) struct Unfinished {
    steps: Mutex<Vec<UnfinishedStep>>,
    /// How many steps there are: sessions without any take no lock.
    count: AtomicU32,
}

/// A step that was refused. It names its object by an epoch or a version, which no other object ever gets.
#[derive(Clone, Copy, Debug)]
pub(super) enum UnfinishedStep {
    /// To take apart what this session was making or reclaiming, in exactly this state.
    Record(u32, State),
    /// To remove a version that lost its commit.
    Unstage(u32, Epoch),
    /// To remove what a commit has replaced, and its entry of the stage.
    RemoveReplaced(u32, Epoch),
    /// To take a version off the stage that has got no name.
    LeaveStage(u32, Epoch),
}

impl Unfinished {
    /// Whether nothing is left to do; otherwise the slot is not given back.
    pub(super) fn is_empty(&self) -> bool {
        self.count.load(Ordering::Acquire) == 0
    }

    pub(super) fn push(&self, step: UnfinishedStep) {
        lock(&self.steps).push(step);
        self.count.fetch_add(1, Ordering::Release);
    }

    /// Takes all steps. Each is counted until the caller calls [`done`](Self::done).
    pub(super) fn take(&self) -> Vec<UnfinishedStep> {
        std::mem::take(&mut *lock(&self.steps))
    }

    /// One of the steps that were taken is about to be tried again.
    pub(super) fn done(&self) {
        self.count.fetch_sub(1, Ordering::AcqRel);
    }
}
