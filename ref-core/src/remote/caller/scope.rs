//! Spawned calls, and the scope that they borrow for.

use super::again::{MayRunAgain, Once};
use super::call::Call;
use super::effect::{FailedCall, Handles};
use super::job::{Job, Sending, Waited};
use super::task::{Joinable, Task};
use super::transport::Transport;
use super::unpack::Unpack;
use super::workers::Workers;
use crate::backend::forked;
use crate::error::{Error, ErrorKind, Refused, Result};
use crate::remote::panics::Panics;
use crate::sync::{Arc, Mutex, deadline, lock, try_lock};
use std::fmt;
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::time::Duration;

/// A scope in which remote calls are spawned. [`Workers::scope`] makes it.
///
/// The lifetimes mean the same as in [`std::thread::Scope`]. Calls borrow for `'scope`, which ends after all calls are
/// over. The scope borrows the workers for `'env`.
///
/// Rule: [R29](crate::guide::rules#r29).
pub struct Scope<'scope, 'env: 'scope> {
    pool: &'env Arc<dyn Transport>,
    /// The calls that were spawned, except some that are joined. [`Workers::scope`] empties the list. The list is in a
    /// `ManuallyDrop`, since the compiler would take the drop of a `Vec` at the end for a use of `'scope`.
    runs: ManuallyDrop<Mutex<Runs<'scope>>>,
}

/// The first argument of a remote function's `spawn`: the `&Scope` that [`Workers::scope`] gives to its closure.
///
/// With a trait in place of the type `&Scope`, the compiler says where a scope comes from when the argument is not a
/// scope.
///
/// ```
/// # use ref_core::{Result, Workers, remote};
/// # #[remote]
/// # fn sort(list: &mut Vec<u64>) { list.sort() }
/// # fn run(workers: &Workers, mut list: Vec<u64>) -> Result<()> {
/// workers.scope(|s| sort::spawn(s, &mut list)?.join())
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "a run is spawned in a scope, and `{Self}` is not a scope",
    label = "write `workers.scope(|s| ..)` around the `spawn`, and `s` here; to wait for the result at once, write \
             `call(&workers, ..)` in place of `spawn`"
)]
pub trait InScope<'scope>: sealed::IsScope {
    #[doc(hidden)]
    fn __scope(self) -> &'scope Scope<'scope, 'scope>;
}

#[diagnostic::do_not_recommend]
impl<'scope> InScope<'scope> for &'scope Scope<'scope, '_> {
    fn __scope(self) -> &'scope Scope<'scope, 'scope> {
        self
    }
}

mod sealed {
    /// The supertrait of `InScope`, which other crates cannot implement.
    pub trait IsScope {}

    impl IsScope for &super::Scope<'_, '_> {}
}

type Runs<'scope> = Vec<Arc<dyn Joinable + Send + Sync + 'scope>>;

/// A call that was spawned: in the queue, running, or over.
///
/// If a `Run` is dropped, the scope waits for the call, and makes its changes if the call has succeeded. The call's
/// result is dropped, and so are the owned arguments of a call that has failed.
///
/// `H` is the type of the owned arguments that [`join_or_return`](Run::join_or_return) and
/// [`cancel_or_return`](Run::cancel_or_return) give back. After `spawn`, `H` is `()`. After `spawn_or_return`, it is the
/// type of the owned argument with an `Option` around each `Owned`, or a tuple of these if there are several owned
/// arguments. An owner is `None` if it could not be claimed again, for example since a worker has claimed it and did not
/// give it back.
///
/// Rules: [R29](crate::guide::rules#r29), [R31](crate::guide::rules#r31), [R36](crate::guide::rules#r36).
#[must_use = "a call that is not joined is joined by its scope, and what it returns is dropped; `join` it, or `drop` it \
              to say so"]
///
/// `K` says whether the call may be made again: it is [`Idempotent`](super::Idempotent) for a function that is
/// `#[remote(idempotent)]`, and otherwise [`Once`](super::Once).
pub struct Run<'scope, R, H = (), K = Once> {
    task: Arc<Task<'scope, R>>,
    pool: Arc<dyn Transport>,
    /// Makes an `H` of the owned arguments that came back.
    pick: fn(Handles) -> H,
    kind: PhantomData<fn() -> K>,
}

impl Workers {
    /// Runs `body`, in which remote calls can be spawned that borrow local values, and waits for all of these calls.
    ///
    /// This is [`std::thread::scope`] with processes. `scope` also waits if `body` panics or returns early. A call that
    /// `body` has not joined is joined at the end: if the call has succeeded, its changes are made, and its result is
    /// dropped.
    ///
    /// # Errors
    /// The error of `body`. If there is none, the first error of a call that `body` has not joined.
    ///
    /// # Panics
    /// Passes on a panic of `body`, or of user code that reads or drops a call's values or drops the value of `body`,
    /// when every call is over. If there are several panics, the first is passed on.
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
        let scope = Scope { pool: &self.pool, runs: ManuallyDrop::new(Mutex::new(Vec::new())) };
        let mut panics = Panics::default();
        let result = panics.catch(|| body(&scope));
        let (runs, mut first) = match scope.take_runs() {
            Ok(runs) => (runs, Ok(())),
            Err(error) => (Runs::new(), Err(error)),
        };
        for run in runs {
            if let Some(joined) = panics.catch(|| run.join()) {
                first = first.and(joined);
            }
        }
        let result = match (result, first) {
            (Some(Ok(value)), Err(error)) => {
                panics.drop(value);
                Some(Err(error))
            }
            (result, _) => result,
        };
        panics.pass_on(result)
    }
}

impl<'scope> Scope<'scope, '_> {
    /// Returns for how many workers the calls of a `map` are begun ahead, at least 1.
    pub(super) fn served_ahead(&self) -> usize {
        self.pool.served_ahead()
    }

    pub(super) fn is_forked(&self) -> bool {
        self.pool.is_forked()
    }

    pub(in crate::remote) fn spawn<R, H, K>(
        &'scope self,
        call: Call<'scope>,
        unpack: Unpack<R>,
        pick: fn(Handles) -> H,
    ) -> Result<Run<'scope, R, H, K>, FailedCall>
    where
        R: 'scope,
    {
        let task = Arc::new(Task::made(self.pool, call, unpack, Sending::WhenIdle)?.submit(self.pool)?);
        let mut runs = lock(&self.runs);
        // Joined calls are removed before the list grows. So the list grows only if none of its calls is joined.
        if runs.len() == runs.capacity() {
            runs.retain(|run| !run.is_joined());
        }
        runs.push(Arc::clone(&task) as _);
        Ok(Run { task, pool: Arc::clone(self.pool), pick, kind: PhantomData })
    }

    /// Takes the calls that were spawned, after `body` has ended. No thread of this process uses the scope any more, so
    /// no more calls are spawned, and the lock is free.
    ///
    /// # Errors
    /// `Forked` if `body` has forked this process while another thread of the parent spawned a call, and so held the
    /// lock. The child's copy of the list may be damaged then, and is never dropped.
    fn take_runs(&self) -> Result<Runs<'scope>> {
        try_lock(&self.runs).map(|mut runs| std::mem::take(&mut *runs)).ok_or_else(forked)
    }
}

impl<'scope, R, H, K> Run<'scope, R, H, K> {
    pub(super) fn into_task(self) -> Arc<Task<'scope, R>> {
        self.task
    }
}

impl<R, H, K> Run<'_, R, H, K> {
    pub(super) fn make_again(&self, most: usize) {
        if self.task.job().retries(most) {
            Arc::clone(&self.pool).submit(Arc::clone(self.task.job()));
        }
    }

    pub(super) fn job(&self) -> &Job {
        self.task.job()
    }

    /// Has the call made again if its worker dies, up to `most` times. Available if the function is
    /// `#[remote(idempotent)]`.
    ///
    /// Only the death of the worker during the call is followed by another try, and only while no whole response has come
    /// from it: the function may have run, to its end or in part, and nothing that it changed counts. A call whose
    /// function panicked or returned an `Err` is not made again, and neither is one that was cancelled. Each try has the
    /// same arguments. [`progress`](Run::progress) starts anew with each.
    ///
    /// A worker that dies is replaced for another try, as far as
    /// [`Builder::restarts`](super::Builder::restarts) permits. After the last try, [`join`](Run::join) returns
    /// `WorkerDied`.
    ///
    /// ```no_run
    /// # use ref_core::{Result, Workers, remote};
    /// #[remote(idempotent)] // it changes nothing but its arguments
    /// fn sort(list: &mut Vec<u64>) {
    ///     list.sort();
    /// }
    ///
    /// # fn run(workers: &Workers, mut list: Vec<u64>) -> Result<()> {
    /// workers.scope(|s| sort::spawn(s, &mut list)?.retries(2).join())
    /// # }
    /// ```
    pub fn retries(self, most: usize) -> Self
    where
        K: MayRunAgain,
    {
        self.make_again(most);
        self
    }

    /// Waits for the call, makes its changes, and returns what the function returned.
    ///
    /// If the function returns a `Result`, `join` returns that whole `Result`. The changes are made even if it is an
    /// `Err`.
    ///
    /// # Errors
    /// * `Panicked` if the function panicked;
    /// * `WorkerDied` if the worker died, or if all workers are dead and no more are started;
    /// * the errors of [`Builder::start`](super::Builder::start) if the call needed a new worker;
    /// * `Io` if no thread for the workers could be started, `SessionLost` if the server of a pool has lost this process;
    /// * `Forked` if this process is a fork of the process that has spawned the call;
    /// * the error of an argument or result that could not be sent or read, or of a loan that could not be ended.
    ///
    /// Then no argument is changed. Owned arguments are dropped, with their objects;
    /// [`join_or_return`](Run::join_or_return) gives back those that could be claimed again.
    pub fn join(self) -> Result<R> {
        Ok(self.task.finish()?)
    }

    /// Does what [`join`](Run::join) does, and gives owned arguments back if the call has failed.
    ///
    /// # Errors
    /// The errors of [`join`](Run::join). The [`Refused`] has the owned arguments that could be claimed again: not
    /// those that a worker has claimed and did not give back.
    pub fn join_or_return(self) -> Result<R, Refused<H>> {
        let pick = self.pick;
        self.task.finish().map_err(|failed| Refused::new(failed.error, pick(failed.handle)))
    }

    /// Waits until the call is over, for `timeout` at most. After `Ok`, [`join`](Run::join) does not wait for the call.
    ///
    /// With a `timeout` of zero, this does not wait. In a fork of the process that has spawned the call, the call is
    /// over: its error is `Forked`.
    ///
    /// # Errors
    /// `Timeout` if the call is not over by then. The call goes on.
    pub fn wait(&self, timeout: Duration) -> Result<()> {
        if self.task.job().wait(deadline(timeout)) == Waited::Over {
            return Ok(());
        }
        let message = format!("the call was not over within {timeout:?}");
        Err(Error::new(ErrorKind::Timeout, message)
            .with_remedy("join it again later, or `cancel` it, which kills its worker"))
    }

    /// Returns whether the call is over. If so, [`join`](Run::join) does not wait for the call. In a fork of the
    /// process that has spawned the call, the call is over.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.task.job().is_over()
    }

    /// Returns how much of the call is done: the pair `(done, total)` that the function has given last to
    /// [`remote::progress`](crate::remote::progress). Returns `None` before the function has called that.
    ///
    /// After the call is over, also by its worker's death, this is the function's last pair. In a fork of the process
    /// that has spawned the call, this returns `None`.
    ///
    /// ```no_run
    /// # use ref_core::{Result, Workers, remote};
    /// # use std::time::Duration;
    /// # #[remote]
    /// # fn train(model: &mut Vec<f64>, rounds: usize) -> usize { rounds }
    /// # fn run(workers: &Workers, model: &mut Vec<f64>) -> Result<()> {
    /// workers.scope(|s| {
    ///     let run = train::spawn(s, model, 1000)?;
    ///     while run.wait(Duration::from_millis(100)).is_err() {
    ///         if let Some((done, total)) = run.progress() {
    ///             eprintln!("{done} of {total} rounds");
    ///         }
    ///     }
    ///     run.join().map(drop)
    /// })
    /// # }
    /// ```
    #[must_use]
    pub fn progress(&self) -> Option<(usize, usize)> {
        self.task.job().progress()
    }

    /// Asks the function to end. From then on [`remote::is_cancelled`](crate::remote::is_cancelled) returns `true` in
    /// the function, which decides what it returns. [`join`](Run::join) returns that.
    ///
    /// No process is killed: a function that does not ask runs to its end. [`cancel`](Run::cancel) ends such a function.
    /// A call that waits in the queue is cancelled at once, and `join` returns the error `Cancelled`. If the call is
    /// over, or this process is a fork of the process that has spawned the call, this does nothing.
    pub fn request_cancel(&self) {
        self.task.job().request_cancel();
    }

    /// Cancels the call, and undoes it: no argument is changed, and the loans of its arguments are ended or revoked.
    ///
    /// If the call is running, its worker is killed. Another worker is started when a worker is next needed, unless
    /// [`Builder::restarts`](super::Builder::restarts) forbids it. Other calls go on. Owned arguments are dropped, with
    /// their objects. [`cancel_or_return`](Run::cancel_or_return) gives back those that no worker has claimed, or that
    /// a worker has sent back.
    ///
    /// Returns an [`Error`] of kind `Cancelled`, or the error with which the call had already ended. In a fork of the
    /// process that has spawned the call, that error is `Forked`, and the call goes on in the parent.
    pub fn cancel(self) -> Error {
        self.cancelled().error
    }

    /// Does what [`cancel`](Run::cancel) does, and gives back the owned arguments that no worker has claimed, or that a
    /// worker has sent back.
    pub fn cancel_or_return(self) -> Refused<H> {
        let (pick, Refused { error, handle }) = (self.pick, self.cancelled());
        Refused::new(error, pick(handle))
    }

    fn cancelled(self) -> FailedCall {
        self.task.job().cancel();
        let _over = self.task.job().wait(None);
        let result = self.task.job().take();
        match self.task.take_effects() {
            Ok(effects) => effects.cancel(result),
            Err(failed) => failed,
        }
    }
}

impl<R, H, K> fmt::Debug for Run<'_, R, H, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Run").field("finished", &self.is_finished()).finish_non_exhaustive()
    }
}

impl fmt::Debug for Scope<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let open = try_lock(&self.runs).map(|runs| runs.iter().filter(|run| !run.is_joined()).count());
        f.debug_struct("Scope").field("unjoined", &open).finish_non_exhaustive()
    }
}
