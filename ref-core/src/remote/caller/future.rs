//! Calls as futures. No thread waits for one: the thread that talks to the worker wakes the task.

use super::call::Call;
use super::effect::{FailedCall, Handles};
use super::job::{Sending, cancelled};
use super::scope::Run;
use super::task::Task;
use super::transport::Transport;
use super::unpack::Unpack;
use super::workers::Workers;
use crate::error::{Error, Refused, Result};
use crate::sync::Arc;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

/// A remote call as a future, which a remote function's `call_async` returns. Every runtime polls it, and it may move from
/// thread to thread with its task.
///
/// The arguments are encoded when `call_async` is called, and the call is queued at the first poll. The poll that is ready
/// reads the result.
///
/// The future is cancel-safe: one that is dropped is a call that is cancelled. A call that has not begun never runs. A
/// worker that runs it is killed, and is replaced when a worker is next needed. Owned arguments are dropped, with their
/// objects, and so is a result that has come already. The drop waits for no worker. Nothing is lent to the call, so a future
/// that is forgotten keeps no borrow: its call runs to its end.
///
/// The drop of the [`Workers`] waits for each call that was polled and not dropped. After it, a first poll fails with
/// `Cancelled`.
///
/// `E` is the error: [`Error`] after `call_async`, and a [`Refused`] with the owned arguments after
/// `call_async_or_return`.
///
/// ```no_run
/// # use ref_core::{Result, Workers, remote};
/// #[remote]
/// fn count(text: &String, word: String) -> usize {
///     text.matches(&word).count()
/// }
///
/// /// A handler of a web service.
/// async fn handle(workers: &Workers, body: String) -> Result<usize> {
///     count::call_async(workers, &body, "ref".to_owned()).await
/// }
/// ```
///
/// Rule: [R28](crate::guide::rules#r28).
#[must_use = "a future does nothing unless it is awaited"]
pub struct AsyncCall<R, E = Error> {
    pool: Arc<dyn Transport>,
    stage: CallStage<R>,
    fail: Box<dyn Fn(FailedCall) -> E + Send>,
}

enum CallStage<R> {
    /// The call could not be made.
    Failed(FailedCall),
    /// The call was not polled.
    Made(Task<'static, R>),
    /// The call is queued, running or over.
    Begun(Task<'static, R>),
    /// The result was returned.
    Over,
}

impl<R, E> AsyncCall<R, E> {
    pub(in crate::remote) fn new(
        workers: &Workers,
        call: Call<'static>,
        unpack: Unpack<R>,
        fail: impl Fn(FailedCall) -> E + Send + 'static,
    ) -> Self {
        let stage = match Task::made(&workers.pool, call, unpack, Sending::WhenIdle) {
            Ok(task) => CallStage::Made(task),
            Err(failed) => CallStage::Failed(failed),
        };
        Self { pool: Arc::clone(&workers.pool), stage, fail: Box::new(fail) }
    }

    fn poll_call(&mut self, context: &Context<'_>) -> Poll<Result<R, FailedCall>> {
        let task = match std::mem::replace(&mut self.stage, CallStage::Over) {
            CallStage::Failed(failed) => return Poll::Ready(Err(failed)),
            CallStage::Over => return Poll::Ready(Err(Refused::new(cancelled(), Handles::default()))),
            CallStage::Begun(task) => task,
            CallStage::Made(task) => match task.begin(&self.pool) {
                Ok(()) => task,
                Err(failed) => return Poll::Ready(Err(failed)),
            },
        };
        if task.job().is_over_or_wakes(context.waker()) {
            return Poll::Ready(task.finish());
        }
        self.stage = CallStage::Begun(task);
        Poll::Pending
    }
}

impl<R, E> Future for AsyncCall<R, E> {
    type Output = Result<R, E>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        this.poll_call(context).map_err(&this.fail)
    }
}

impl<R, E> Drop for AsyncCall<R, E> {
    fn drop(&mut self) {
        // What was not polled has only its effects, which its own drop undoes.
        if let CallStage::Begun(task) = std::mem::replace(&mut self.stage, CallStage::Over) {
            task.abandon();
        }
    }
}

impl<R, E> fmt::Debug for AsyncCall<R, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsyncCall").finish_non_exhaustive()
    }
}

/// A spawned call as a future: `run.await` does what [`Run::join`] does, and blocks no thread.
///
/// What is lent to the call stays borrowed until the scope ends. The body of a scope is no `async` block, so the future is
/// awaited in a runtime's `block_on` there, on a thread that may block: for example, to join the first of several runs, or
/// to give up after a time. A future that is dropped is a run that is dropped: the scope waits for the call.
///
/// ```no_run
/// # use ref_core::{Result, Workers, remote};
/// # fn block_on<F: Future>(_: F) -> F::Output { unimplemented!() }
/// #[remote]
/// fn sort(list: &mut Vec<u64>) -> usize {
///     list.sort();
///     list.len()
/// }
///
/// fn both(workers: &Workers, west: &mut Vec<u64>, east: &mut Vec<u64>) -> Result<usize> {
///     workers.scope(|s| {
///         let (west, east) = (sort::spawn(s, west)?, sort::spawn(s, east)?);
///         block_on(async { Ok(west.await? + east.await?) }) // of a runtime
///     })
/// }
/// ```
#[must_use = "a future does nothing unless it is awaited"]
pub struct RunFuture<'scope, R> {
    task: Arc<Task<'scope, R>>,
}

impl<R> Future for RunFuture<'_, R> {
    type Output = Result<R>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<R>> {
        match self.task.job().is_over_or_wakes(context.waker()) {
            true => Poll::Ready(self.task.finish().map_err(Error::from)),
            false => Poll::Pending,
        }
    }
}

impl<'scope, R, H, K> IntoFuture for Run<'scope, R, H, K> {
    type Output = Result<R>;
    type IntoFuture = RunFuture<'scope, R>;

    fn into_future(self) -> RunFuture<'scope, R> {
        RunFuture { task: self.into_task() }
    }
}

impl<R> fmt::Debug for RunFuture<'_, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunFuture").finish_non_exhaustive()
    }
}
