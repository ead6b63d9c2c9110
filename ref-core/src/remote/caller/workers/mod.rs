//! A pool of processes that run remote functions.
//!
//! `builder` has the pool's settings, `pool` has the queue of jobs, `process` has one worker, `program` has the program
//! that workers run, and `stats` counts calls and bytes.

mod builder;
mod pool;
mod process;
mod program;
pub(in crate::remote::caller) mod stats;

pub use builder::Builder;
pub use stats::WorkerStats;

use super::transport::Transport;
use crate::sync::Arc;
use std::fmt;

/// A pool of processes that run [`#[remote]`](macro@crate::remote) functions. Each process runs this program,
/// or the program that [`Builder::command`] names.
///
/// [`Workers::on`] sends calls to workers that others have started, on this host or elsewhere. What follows is about those
/// of [`Workers::start`].
///
/// The processes end when this handle is dropped, and when this process ends, in whatever way. A worker that dies is
/// replaced when a worker is next needed, unless [`Builder::restarts`] forbids it. When all workers are busy, calls
/// wait in a queue.
///
/// ```no_run
/// use ref_core::{Store, Workers, remote};
///
/// #[remote]
/// fn total(numbers: &Vec<u64>) -> u64 {
///     numbers.iter().sum()
/// }
///
/// fn main() -> ref_core::Result<()> {
///     remote::init(); // a worker goes no further
///     let workers = Workers::start(2)?;
///     let store = Store::open("shm://lab")?;
///     let numbers = store.put(vec![1, 2, 3])?;
///     assert_eq!(total::call(&workers, &numbers)?, 6);
///     Ok(())
/// }
/// ```
pub struct Workers {
    pub(in crate::remote) pool: Arc<dyn Transport>,
}

impl Workers {
    pub(super) fn new(pool: Arc<dyn Transport>) -> Self {
        Self { pool }
    }

    /// Returns how many workers the pool was started with. Of a [pool at a server](Workers::on), returns how many workers
    /// of this program's build have joined, which the server is asked for.
    #[must_use]
    pub fn count(&self) -> usize {
        self.pool.count()
    }

    /// Returns what the workers do now, and what they have done since the start. In a fork of the process that has
    /// started the workers, all numbers are 0. A [pool at a server](Workers::on) is asked for `queued`, `running` and
    /// `idle`, which are of this process's calls and of all workers of its build; its `restarts` are 0.
    ///
    /// ```no_run
    /// # fn run(workers: &ref_core::Workers) {
    /// let stats = workers.stats();
    /// println!("{} calls wait, {} run, {} workers died", stats.queued, stats.running, stats.restarts);
    /// # }
    /// ```
    #[must_use]
    pub fn stats(&self) -> WorkerStats {
        self.pool.stats()
    }

    /// Returns the process numbers of the workers that wait for a call. In a fork of the process that has started the
    /// workers, and of a [pool at a server](Workers::on), the list is empty.
    #[must_use]
    pub fn idle(&self) -> Vec<u32> {
        self.pool.idle()
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        self.pool.close();
    }
}

impl fmt::Debug for Workers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Workers").field("count", &self.count()).field("idle", &self.idle()).finish_non_exhaustive()
    }
}
