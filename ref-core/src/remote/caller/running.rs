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

/// A worker in the words of an error: its process, and its host if that is not this one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::remote) struct WorkerName {
    pub(in crate::remote) pid: u32,
    /// `None` for this host.
    pub(in crate::remote) host: Option<String>,
}

impl WorkerName {
    /// Returns the name of a worker of this host.
    pub(in crate::remote) fn here(pid: u32) -> Self {
        Self { pid, host: None }
    }

    /// Returns the worker, unless it is one of this host that this process has started.
    pub(super) fn if_far(&self) -> Option<&Self> {
        Some(self).filter(|worker| worker.host.is_some())
    }

    /// Reads what [`process_name`](crate::remote::protocol::build::process_name) has written.
    pub(in crate::remote) fn read(text: &str) -> Self {
        let (pid, host) = text.split_once('\t').unwrap_or((text, ""));
        Self { pid: pid.parse().unwrap_or(0), host: Some(host.to_owned()).filter(|host| !host.is_empty()) }
    }
}

impl fmt::Display for WorkerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.host {
            None => write!(f, "worker {}", self.pid),
            Some(host) => write!(f, "worker {} on `{host}`", self.pid),
        }
    }
}
