//! Whether the worker that this process is may wait at the queue, and whether calls wait there for workers. `take` says why
//! that matters.

use crate::sync::Ordering;
use crate::sync::plain::{AtomicBool, AtomicUsize};

/// How many workers of a build wait at its queue, if there are more.
pub(super) const ADMITTED: usize = 32;

/// Whether a worker may wait at the queue.
#[derive(Default)]
pub(super) struct Admission {
    /// Whether the build has more workers than admissions.
    is_crowded: AtomicBool,
    is_had: AtomicBool,
    /// Whether the worker has waited for an admission in vain.
    is_missing: AtomicBool,
}

impl Admission {
    /// Notes how many workers have the build. While there are few, each has an admission.
    pub(super) fn note_workers(&self, workers: usize) {
        let is_crowded = workers > ADMITTED;
        self.is_crowded.store(is_crowded, Ordering::Relaxed);
        if !is_crowded {
            self.is_had.store(true, Ordering::Relaxed);
        }
    }

    /// Notes that the worker has joined as the last one of so many.
    pub(super) fn begin(&self, workers: usize) {
        self.is_had.store(false, Ordering::Relaxed);
        self.note_workers(workers);
    }

    pub(super) fn is_had(&self) -> bool {
        self.is_had.load(Ordering::Relaxed)
    }

    pub(super) fn note_wait(&self, got: bool) {
        self.is_had.store(got, Ordering::Relaxed);
        self.is_missing.store(!got, Ordering::Relaxed);
    }

    /// Notes that the worker begins a call. Returns whether another worker is to have an admission: this worker's, or one
    /// more, since there were too few when the call came.
    pub(super) fn passes_on(&self) -> bool {
        let is_missing = self.is_missing.swap(false, Ordering::Relaxed);
        is_missing || (self.is_crowded.load(Ordering::Relaxed) && self.is_had.swap(false, Ordering::Relaxed))
    }
}

/// Whether calls wait for workers.
#[derive(Default)]
pub(super) struct Backlog {
    /// How many workers have the build.
    workers: AtomicUsize,
    is_there: AtomicBool,
}

impl Backlog {
    pub(super) fn note_workers(&self, workers: usize) {
        self.workers.store(workers, Ordering::Relaxed);
    }

    /// Notes how many calls are in the queue, those that run among them. This worker runs none.
    pub(super) fn note_calls(&self, calls: usize) {
        self.is_there.store(calls >= self.workers.load(Ordering::Relaxed).max(1), Ordering::Relaxed);
    }

    /// Notes that no call waits.
    pub(super) fn end(&self) {
        self.is_there.store(false, Ordering::Relaxed);
    }

    pub(super) fn is_there(&self) -> bool {
        self.is_there.load(Ordering::Relaxed)
    }
}
