//! Calls that borrow for as long as a scope lasts.

use super::call::Call;
use super::effect::{Effects, FailedCall, Handles};
use super::job::{Job, Sending, Waited, cancelled};
use super::unpack::Unpack;
use super::workers::Workers;
use super::workers::pool::Pool;
use crate::error::Refused;
use crate::remote::panics::Panics;
use crate::sync::{Arc, Mutex, deadline, lock};
use crate::{Error, ErrorKind, Result};
use std::fmt;
use std::mem::ManuallyDrop;
use std::time::Duration;

/// Where remote calls are spawned that borrow from outside; made by [`Workers::scope`].
///
/// `'scope` is what calls may borrow for: longer than the scope lasts. `'env` is what the scope itself borrows.
pub struct Scope<'scope, 'env: 'scope> {
    pool: &'env Arc<Pool>,
    /// Not dropped by the compiler, which would take it for a use of `'scope` after its end: [`scope`] empties it.
    runs: ManuallyDrop<Mutex<Runs<'scope>>>,
}

type Runs<'scope> = Vec<Arc<dyn Joinable + Send + Sync + 'scope>>;

/// A call that was spawned: in the queue, running, or over.
///
/// Dropping it forgets the result and nothing else: the scope waits for the call, and its changes are made.
///
/// `H` is what [`join_or_return`](Run::join_or_return) and [`cancel_or_return`](Run::cancel_or_return) give back of the
/// owned arguments of a call that was spawned by `spawn_or_return`: an `Option<Owned<T>>`, or of several arguments a tuple
/// of them. `None` is what a worker has claimed.
#[must_use = "a call that is not joined is joined by its scope, and what it returns is dropped; `join` it, or `drop` it \
              to say so"]
pub struct Run<'scope, R, H = ()> {
    task: Arc<Task<'scope, R>>,
    /// Takes the arguments that are given back out of all that came back.
    pick: fn(Handles) -> H,
}

/// A call in the pool, and what is to be done when it is over.
pub(in crate::remote) struct Task<'s, R> {
    job: Arc<Job>,
    effects: Mutex<Option<Effects<'s>>>,
    unpack: Unpack<R>,
}

trait Joinable {
    /// Waits for the call and does what is to be done, unless that was done.
    fn join(&self) -> Result<()>;

    fn is_joined(&self) -> bool;
}

impl Workers {
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
        scope(&self.pool, body)
    }
}

/// See [`Workers::scope`].
fn scope<'env, F, R>(pool: &'env Arc<Pool>, body: F) -> Result<R>
where
    F: for<'scope> FnOnce(&'scope Scope<'scope, 'env>) -> Result<R>,
{
    let scope = Scope { pool, runs: ManuallyDrop::new(Mutex::new(Vec::new())) };
    let mut panics = Panics::default();
    let result = panics.catch(|| body(&scope));
    let mut first = Ok(());
    loop {
        let runs = std::mem::take(&mut *lock(&scope.runs));
        if runs.is_empty() {
            break;
        }
        for run in runs {
            if let Some(joined) = panics.catch(|| run.join()) {
                first = first.and(joined);
            }
        }
    }
    panics.pass_on(result.map(|result| result.and_then(|result| first.map(|()| result))))
}

impl<'scope> Scope<'scope, '_> {
    pub(in crate::remote) fn spawn<R, H>(
        &'scope self,
        call: Call<'scope>,
        unpack: Unpack<R>,
        pick: fn(Handles) -> H,
    ) -> Result<Run<'scope, R, H>, FailedCall>
    where
        R: 'scope,
    {
        let task = Arc::new(Task::submit(self.pool, call, unpack, Sending::WhenIdle)?);
        let mut runs = lock(&self.runs);
        // At most half of what is kept has been joined.
        if runs.len() == runs.capacity() {
            runs.retain(|run| !run.is_joined());
        }
        runs.push(Arc::clone(&task) as _);
        Ok(Run { task, pick })
    }
}

impl<'s, R> Task<'s, R> {
    pub(super) fn submit(
        pool: &Arc<Pool>,
        call: Call<'s>,
        unpack: Unpack<R>,
        sending: Sending,
    ) -> Result<Self, FailedCall> {
        let (job, effects) = call.ready(sending, &unpack)?;
        pool.submit(Arc::clone(&job));
        Ok(Self { job, effects: Mutex::new(Some(effects)), unpack })
    }

    /// Runs the call now.
    pub(in crate::remote) fn run(pool: &Arc<Pool>, call: Call<'s>, unpack: Unpack<R>) -> Result<R, FailedCall> {
        let (job, effects) = call.ready(Sending::WhenIdle, &unpack)?;
        effects.finish(pool.run(&job), &unpack)
    }

    /// Waits for the end of the call, and makes its changes; once.
    pub(super) fn finish(&self) -> Result<R, FailedCall> {
        let _over = self.job.wait(None);
        let effects = lock(&self.effects).take();
        match effects {
            Some(effects) => effects.finish(self.job.take(), &self.unpack),
            None => Err(Refused::new(cancelled(), Handles::default())),
        }
    }
}

impl<R> Joinable for Task<'_, R> {
    fn join(&self) -> Result<()> {
        if self.is_joined() { Ok(()) } else { Ok(self.finish().map(drop)?) }
    }

    fn is_joined(&self) -> bool {
        lock(&self.effects).is_none()
    }
}

impl<R, H> Run<'_, R, H> {
    /// Waits for the call, makes its changes, and returns what the function returned: of a function that returns a
    /// `Result`, that whole `Result`, so that its changes count either way.
    ///
    /// # Errors
    /// `Panicked` if the function did, `WorkerDied` if its process did, `UnknownFunction` if the worker's program has no
    /// such function, and what arguments and result were refused for. Then nothing was changed, and owned arguments are
    /// dropped, with their objects; [`join_or_return`](Run::join_or_return) gives them back.
    pub fn join(self) -> Result<R> {
        Ok(self.task.finish()?)
    }

    /// [`join`](Run::join), which gives owned arguments back where the call has failed, those that no worker had claimed.
    ///
    /// # Errors
    /// As [`join`](Run::join). The arguments come back in the [`Refused`].
    pub fn join_or_return(self) -> Result<R, Refused<H>> {
        let pick = self.pick;
        self.task.finish().map_err(|failed| Refused::new(failed.error, pick(failed.handle)))
    }

    /// Waits up to `timeout` for the end of the call; of zero, does not wait. [`join`](Run::join) does not wait from then on.
    ///
    /// # Errors
    /// `Timeout`; the call goes on.
    pub fn wait(&self, timeout: Duration) -> Result<()> {
        if self.task.job.wait(deadline(timeout)) == Waited::Over {
            return Ok(());
        }
        let message = format!("the call was not over within {timeout:?}");
        Err(Error::new(ErrorKind::Timeout, message)
            .with_remedy("join it again later, or `cancel` it, which kills its worker"))
    }

    /// Whether the call is over, so that [`join`](Run::join) does not wait.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.task.job.is_over()
    }

    /// Gives the call up: its borrows are back when this returns, and nothing was changed. A call that is running is
    /// stopped by killing its worker, which is replaced; other calls go on. Owned arguments are dropped, with their
    /// objects; [`cancel_or_return`](Run::cancel_or_return) gives them back.
    ///
    /// Returns an [`Error`] of kind `Cancelled`, or the one that the call had ended with before.
    pub fn cancel(self) -> Error {
        self.cancelled().error
    }

    /// [`cancel`](Run::cancel), which gives owned arguments back, those that no worker had claimed.
    pub fn cancel_or_return(self) -> Refused<H> {
        let (pick, Refused { error, handle }) = (self.pick, self.cancelled());
        Refused::new(error, pick(handle))
    }

    fn cancelled(self) -> FailedCall {
        self.task.job.cancel();
        let _over = self.task.job.wait(None);
        // What it has answered counts no more; why it has none, say that its worker died first, does.
        let error = self.task.job.take().err().unwrap_or_else(cancelled);
        let effects = lock(&self.task.effects).take();
        match effects {
            Some(effects) => effects.undo(error),
            None => Refused::new(error, Handles::default()),
        }
    }
}

impl<R, H> fmt::Debug for Run<'_, R, H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Run").field("finished", &self.is_finished()).finish_non_exhaustive()
    }
}

impl fmt::Debug for Scope<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let open = lock(&self.runs).iter().filter(|run| !run.is_joined()).count();
        f.debug_struct("Scope").field("unjoined", &open).finish_non_exhaustive()
    }
}
