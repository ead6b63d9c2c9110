//! The lease of a worker of a pool, and the thread that renews it. While a call runs, the thread also says how far the
//! call has come, and learns whether the call is to end.

use crate::backend::calls::{CallServer, LEASE, ReportedCall, StopKind, WorkerRenewal};
use crate::error::{Error, Result};
use crate::remote::caller::job::Job;
use crate::sync::{Arc, Condvar, Instant, Mutex, PoisonError, lock};
use std::thread;
use std::time::Duration;

/// How often the lease is renewed while a call runs.
const WHILE_RUNNING: Duration = Duration::from_millis(250);
/// The pause after a renewal that failed.
const PAUSE: Duration = Duration::from_millis(50);

/// The lease of this process in a pool.
pub(super) struct MemberLease {
    server: Arc<dyn CallServer>,
    pub(super) id: String,
    state: Mutex<RenewalOfMember>,
    changed: Condvar,
}

struct RenewalOfMember {
    running: Option<RunningJob>,
    /// When the lease is over, if no renewal succeeds.
    ends: Instant,
    is_lost: bool,
}

struct RunningJob {
    caller: String,
    number: u64,
    job: Arc<Job>,
    /// The progress that the caller was told last.
    told: Option<(usize, usize)>,
}

/// A call by its caller and its number, and the progress that the caller is told.
type ToldCall = (String, u64, Option<(usize, usize)>);

impl MemberLease {
    /// Starts the thread, for the worker `id` whose request to join was sent at `sent`.
    pub(super) fn start(server: &Arc<dyn CallServer>, id: String, sent: Instant) -> Result<Arc<Self>> {
        let state = RenewalOfMember { running: None, ends: sent + LEASE, is_lost: false };
        let renewals =
            Arc::new(Self { server: Arc::clone(server), id, state: Mutex::new(state), changed: Condvar::new() });
        let thread = Arc::clone(&renewals);
        let started = thread::Builder::new().name("ref-renewals".to_owned()).spawn(move || thread.renew());
        started.map_err(|error| Error::io("the thread that renews a lease cannot start", error))?;
        Ok(renewals)
    }

    pub(super) fn is_lost(&self) -> bool {
        lock(&self.state).is_lost
    }

    /// Notes that the pool does not know this worker any more. The call that runs is killed: its answer would change
    /// nothing.
    pub(super) fn lose(&self) {
        let mut state = lock(&self.state);
        state.is_lost = true;
        if let Some(running) = &state.running {
            running.job.cancel();
        }
        drop(state);
        self.changed.notify_all();
    }

    /// Notes that a call runs.
    pub(super) fn begin(&self, caller: &str, number: u64, job: &Arc<Job>) {
        let running = RunningJob { caller: caller.to_owned(), number, job: Arc::clone(job), told: None };
        let mut state = lock(&self.state);
        if state.is_lost {
            job.cancel();
        }
        state.running = Some(running);
        drop(state);
        self.changed.notify_all();
    }

    /// Notes that the call is over. Returns its progress.
    pub(super) fn end(&self) -> Option<(usize, usize)> {
        let running = lock(&self.state).running.take();
        running.and_then(|running| running.job.progress())
    }

    fn renew(&self) {
        let mut last = Instant::now();
        let mut has_failed = false;
        let mut state = lock(&self.state);
        while !state.is_lost {
            let every = match state.running {
                _ if has_failed => PAUSE,
                Some(_) => WHILE_RUNNING,
                None => LEASE / 3,
            };
            let left = (last + every).saturating_duration_since(Instant::now());
            if !left.is_zero() {
                state = self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
                continue;
            }
            let running = state.running.as_ref().map(RunningJob::told_next);
            drop(state);
            last = Instant::now();
            has_failed = self.renew_once(last, running).is_err();
            state = lock(&self.state);
        }
    }

    fn renew_once(&self, sent: Instant, running: Option<ToldCall>) -> Result<()> {
        let call = running.as_ref().map(|(caller, number, progress)| ReportedCall {
            caller,
            number: *number,
            progress: *progress,
        });
        match self.server.renew_worker(&self.id, call.as_ref()) {
            Ok(WorkerRenewal::Goes(order)) => {
                let mut state = lock(&self.state);
                state.ends = sent + LEASE;
                let Some(now) = &mut state.running else { return Ok(()) };
                if let Some((caller, number, Some(progress))) = running
                    && (&caller, number) == (&now.caller, now.number)
                {
                    now.told = Some(progress);
                }
                match order.filter(|order| (&order.caller, order.number) == (&now.caller, now.number)) {
                    Some(order) if order.how == StopKind::Kill => now.job.cancel(),
                    Some(_) => now.job.request_cancel(),
                    None => {}
                }
            }
            Ok(WorkerRenewal::Lost) => self.lose(),
            Err(error) => {
                let has_run_out = Instant::now() >= lock(&self.state).ends;
                if has_run_out {
                    self.lose();
                }
                return Err(error);
            }
        }
        Ok(())
    }
}

impl RunningJob {
    /// Returns the call, and the progress that its caller was not told yet.
    fn told_next(&self) -> ToldCall {
        let progress = self.job.progress().filter(|progress| self.told != Some(*progress));
        (self.caller.clone(), self.number, progress)
    }
}
