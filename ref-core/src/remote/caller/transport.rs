//! What brings calls to workers, and brings back what came of them.
//!
//! `workers/pool` has processes of this host, which it starts itself. `at_server/pool` has workers of any host, which
//! have joined a pool at a server.

use super::job::{Job, JobResult};
use super::workers::stats::WorkerStats;
use crate::error::{Error, ErrorKind, Result};
use crate::sync::Arc;
use std::panic::{RefUnwindSafe, UnwindSafe};

/// Brings calls to workers.
///
/// # Contract
/// 1. A job that was submitted ends once, with the response of the worker that has run the call, or with an error.
/// 2. A call runs at most once, unless its job may be made again.
/// 3. When `close` returns, every job that was submitted is over, or is being ended by another thread.
/// 4. A fork of the process that has made the transport uses nothing of it.
pub(in crate::remote) trait Transport: Send + Sync + UnwindSafe + RefUnwindSafe {
    /// Returns how many workers there are.
    fn count(&self) -> usize;

    /// Returns for how many workers a `map` sends calls ahead: at least 1, so that a call waits where no worker is yet.
    /// No request is made for this.
    fn served_ahead(&self) -> usize {
        self.count().max(1)
    }

    /// Returns whether this process is a fork of the process that has made the transport.
    fn is_forked(&self) -> bool;

    /// Returns whether workers may be on other hosts. Then a store of this host cannot be lent from.
    fn reaches_other_hosts(&self) -> bool {
        false
    }

    /// Returns the process numbers of the idle workers. A fork has no workers.
    fn idle(&self) -> Vec<u32>;

    /// Returns what the workers do and have done. A fork has no workers.
    fn stats(&self) -> WorkerStats;

    /// Starts a worker in the place of an idle one that has died, and waits until it serves.
    ///
    /// # Errors
    /// The errors of starting a worker.
    fn prepare(&self) -> Result<()> {
        Ok(())
    }

    /// Returns whether a worker is idle and serves. Starts none.
    fn serves(&self) -> bool {
        true
    }

    /// Runs a job, waits until it is over, and returns its result.
    fn run(self: Arc<Self>, job: &Arc<Job>) -> JobResult;

    /// Has a job run. If that is not possible, ends the job with an error. A fork must not call this.
    fn submit(self: Arc<Self>, job: Arc<Job>);

    /// Does what [`submit`](Transport::submit) does, and waits for no server: the poll of a future calls this.
    fn submit_later(self: Arc<Self>, job: Arc<Job>) {
        self.submit(job);
    }

    /// Waits until the jobs are over, and gives the workers up. A job that is submitted later ends with the error
    /// [`closed`]. Does nothing in a fork.
    fn close(&self);
}

pub(super) fn closed() -> Error {
    Error::new(ErrorKind::Cancelled, "the workers were dropped before the call was begun; nothing was changed by it")
        .with_remedy("keep the `Workers` until the future is ready: in an `Arc`, for example")
}

pub(super) fn all_lost() -> Error {
    Error::new(ErrorKind::WorkerDied, "every worker has died, and no more are started; nothing was changed")
        .with_remedy("look at why they die, or allow more with `Builder::restarts`")
}
