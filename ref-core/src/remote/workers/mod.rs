//! A pool of processes that run remote functions.

mod builder;
pub(super) mod pool;
mod process;

pub use builder::Builder;

use crate::Result;
use crate::remote::scope::{self, Scope};
use crate::sync::Arc;
use pool::Pool;
use std::fmt;

/// Processes that run [`#[remote]`](macro@crate::remote) functions: this program, started again.
///
/// They live as long as this handle, and die with this process, however it ends. A worker that dies is replaced when
/// one is next needed. More calls than workers wait in a queue.
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
    pub(super) pool: Arc<Pool>,
}

impl Workers {
    pub(super) fn new(pool: Arc<Pool>) -> Self {
        Self { pool }
    }

    /// Starts so many workers with the [`builder`](Workers::builder)'s defaults.
    ///
    /// # Errors
    /// As [`Builder::start`].
    pub fn start(count: usize) -> Result<Self> {
        Self::builder(count).start()
    }

    /// Settings for so many workers.
    pub fn builder(count: usize) -> Builder {
        Builder::new(count)
    }

    /// How many workers there are when all live.
    #[must_use]
    pub fn count(&self) -> usize {
        self.pool.count()
    }

    /// The process numbers of the workers that wait for a call.
    #[must_use]
    pub fn idle(&self) -> Vec<u32> {
        self.pool.idle()
    }

    /// Runs `body`, in which remote calls can be spawned that borrow from outside of it, as
    /// [`std::thread::scope`] does with threads. Returns when every call is over, also when `body` panics or returns
    /// early.
    ///
    /// A call that was not joined is joined here: its changes are made, and what it returned is dropped. A panic of
    /// `body`, or of a result's own code, is passed on after that; of several the first.
    ///
    /// # Errors
    /// That of `body`; else the first error of a call that was not joined.
    ///
    /// ```no_run
    /// use ref_core::{Store, Workers, global_store, remote};
    ///
    /// #[global_store]
    /// struct Heat(Vec<f64>);
    ///
    /// #[remote]
    /// fn warm(heat: &mut Heat, by: f64) -> usize {
    ///     heat.0.iter_mut().for_each(|cell| *cell += by);
    ///     heat.0.len()
    /// }
    ///
    /// fn main() -> ref_core::Result<()> {
    ///     remote::init();
    ///     let (workers, store) = (Workers::start(2)?, Store::open("shm://lab")?);
    ///     let (mut west, mut east) = (store.put(Heat(vec![0.0; 8]))?, Heat(vec![0.0; 4]));
    ///     let cells = workers.scope(|s| {
    ///         let a = warm::spawn(s, &mut west, 0.5)?; // an owner
    ///         let b = warm::spawn(s, &mut east, 0.5)?; // any value that is `Stored`
    ///         Ok(a.join()? + b.join()?)
    ///     })?;
    ///     assert_eq!((cells, west.borrow()?.0[0], east.0[0]), (12, 0.5, 0.5));
    ///     Ok(())
    /// }
    /// ```
    pub fn scope<'env, F, R>(&'env self, body: F) -> Result<R>
    where
        F: for<'scope> FnOnce(&'scope Scope<'scope, 'env>) -> Result<R>,
    {
        scope::scope(&self.pool, body)
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
