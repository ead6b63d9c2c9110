//! A call in the pool, and what it will change.

use super::call::Call;
use super::effect::{Effects, FailedCall, Handles};
use super::job::{Job, Sending, cancelled};
use super::transport::Transport;
use super::unpack::Unpack;
use crate::backend::forked;
use crate::error::{Refused, Result};
use crate::sync::{Arc, Mutex, get_mut, lock, try_lock};

/// A call in the pool, and the effects that it will have.
pub(in crate::remote) struct Task<'s, R> {
    job: Arc<Job>,
    /// `None` after the call was joined or cancelled.
    effects: Mutex<Option<Effects<'s>>>,
    unpack: Unpack<R>,
}

/// A task with a result of any type.
pub(super) trait Joinable {
    /// Waits for the call and makes its changes, unless the call was joined or cancelled before. Returns the call's
    /// error, if it has failed.
    fn join(&self) -> Result<()>;

    /// Returns whether the call was joined or cancelled. Returns `false` while another thread does so.
    fn is_joined(&self) -> bool;
}

impl<'s, R> Task<'s, R> {
    /// Makes the task of a call, for the workers that `pool` reaches. The call is not queued yet.
    pub(super) fn made(
        pool: &Arc<dyn Transport>,
        call: Call<'s>,
        unpack: Unpack<R>,
        sending: Sending,
    ) -> Result<Self, FailedCall> {
        let (job, effects) = call.ready(&**pool, sending, &unpack)?;
        Ok(Self { job, effects: Mutex::new(Some(effects)), unpack })
    }

    /// Queues the call. Waits for no server.
    pub(super) fn begin(&self, pool: &Arc<dyn Transport>) -> Result<(), FailedCall> {
        self.refuse_in_fork(pool)?;
        Arc::clone(pool).submit_later(Arc::clone(&self.job));
        Ok(())
    }

    fn refuse_in_fork(&self, pool: &Arc<dyn Transport>) -> Result<(), FailedCall> {
        if pool.is_forked() { Err(self.take_effects()?.undo(forked())) } else { Ok(()) }
    }

    /// Queues the call, which a server may have to acknowledge.
    pub(super) fn submit(self, pool: &Arc<dyn Transport>) -> Result<Self, FailedCall> {
        self.refuse_in_fork(pool)?;
        Arc::clone(pool).submit(Arc::clone(&self.job));
        Ok(self)
    }

    /// Runs the call, waits until it is over, makes its changes, and returns its result.
    pub(in crate::remote) fn run(
        pool: &Arc<dyn Transport>,
        call: Call<'s>,
        unpack: Unpack<R>,
    ) -> Result<R, FailedCall> {
        let (job, effects) = call.ready(&**pool, Sending::WhenIdle, &unpack)?;
        effects.finish(Arc::clone(pool).run(&job), &unpack)
    }

    pub(super) fn job(&self) -> &Arc<Job> {
        &self.job
    }

    /// Waits until the call is over, makes its changes, and returns its result. Returns the error `Cancelled` if the
    /// call was joined or cancelled before.
    pub(super) fn finish(&self) -> Result<R, FailedCall> {
        let _over = self.job.wait(None);
        self.take_effects()?.finish(self.job.take(), &self.unpack)
    }

    /// Takes the effects of a call that is over.
    ///
    /// # Errors
    /// `Cancelled` if the call was joined or cancelled before. `Forked` if a thread of the parent did so when this
    /// process was forked, and so held the lock. The child's copy of the effects may be damaged then. That thread's
    /// `Run` keeps the task, so the effects are never dropped.
    pub(super) fn take_effects(&self) -> Result<Effects<'s>, FailedCall> {
        let effects = match self.job.is_forked() {
            true => try_lock(&self.effects).and_then(|mut effects| effects.take()).ok_or_else(forked),
            false => lock(&self.effects).take().ok_or_else(cancelled),
        };
        effects.map_err(|error| Refused::new(error, Handles::default()))
    }
}

impl<R> Task<'static, R> {
    /// Cancels the call, and waits for nothing. The effects are undone when the call is over, by the thread that ends it.
    pub(super) fn abandon(mut self) {
        self.job.cancel();
        if let Some(effects) = get_mut(&mut self.effects).take() {
            self.job.leave_behind(Box::new(effects));
        }
    }
}

impl<R> Joinable for Task<'_, R> {
    fn join(&self) -> Result<()> {
        if self.is_joined() { Ok(()) } else { Ok(self.finish().map(drop)?) }
    }

    fn is_joined(&self) -> bool {
        try_lock(&self.effects).is_some_and(|effects| effects.is_none())
    }
}
