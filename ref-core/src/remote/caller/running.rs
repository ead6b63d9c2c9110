//! A call that a worker runs, and the worker's name.

use std::fmt;

/// The worker that runs a call, as far as the call's caller can act on the worker.
pub(super) trait RunningCall: Send + Sync {
    /// Has the worker killed. The transport sees the worker's death, and finishes the job.
    fn kill(&self);

    /// Asks the function to end.
    fn request_cancel(&self);

    /// Returns what the function has reported last.
    fn reported(&self) -> Option<Reported>;
}

/// How many steps of a call are done, and how many there are.
pub(super) type Reported = (usize, usize);

/// A worker in the words of an error: its process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::remote) struct WorkerName {
    pub(in crate::remote) pid: u32,
}

impl WorkerName {
    /// Returns the name of a worker of this host.
    pub(in crate::remote) fn here(pid: u32) -> Self {
        Self { pid }
    }
}

impl fmt::Display for WorkerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "worker {}", self.pid)
    }
}
