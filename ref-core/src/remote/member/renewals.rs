//! The lease of a worker of a pool, and the thread that renews it. While a call runs, the thread also says how far the
//! call has come, and learns whether the call is to end: more often than it renews the lease.

use crate::backend::calls::{CallName, CallServer, LEASE, ReportedCall, StopKind, WorkerRenewal};
use crate::error::{Error, Result};
use crate::remote::caller::job::Job;
use crate::sync::{Arc, Condvar, Instant, Mutex, MutexGuard, PoisonError, lock};
use std::thread;
use std::time::Duration;

/// How often the thread looks whether a call runs. Some looks at a call ask the server whether the call is to end: [`asks`]
/// says which.
const LOOK: Duration = Duration::from_millis(250);
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
    call: CallName,
    job: Arc<Job>,
    /// How often the thread has looked at the call.
    looks: u32,
    /// The progress that the caller was told last.
    told: Option<(usize, usize)>,
}

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

    /// Leaves the pool.
    pub(super) fn leave(&self) {
        self.lose();
        let _or_the_lease_runs_out = self.server.leave(&self.id);
    }

    /// Notes that a call runs. Cancels a call that has come after the end of the lease.
    pub(super) fn begin(&self, call: &CallName, job: &Arc<Job>) {
        let running = RunningJob { call: call.clone(), job: Arc::clone(job), looks: 0, told: None };
        let mut state = lock(&self.state);
        // Once the lease has run out, the server may have said already that this worker is dead.
        state.is_lost |= Instant::now() >= state.ends;
        if state.is_lost {
            job.cancel();
        }
        state.running = Some(running);
    }

    /// Notes that the call is over. Returns its progress.
    pub(super) fn end(&self) -> Option<(usize, usize)> {
        let running = lock(&self.state).running.take();
        running.and_then(|running| running.job.progress())
    }

    fn renew(&self) {
        let mut last = Instant::now();
        let mut pause = LOOK;
        let mut state = lock(&self.state);
        while !state.is_lost {
            let (waited, timeout) = self.changed.wait_timeout(state, pause).unwrap_or_else(PoisonError::into_inner);
            state = waited;
            if !timeout.timed_out() {
                continue;
            }
            let asks = state.running.as_mut().is_some_and(RunningJob::look);
            let has_failed = pause == PAUSE;
            let is_due = has_failed || last.elapsed() >= LEASE / 3;
            if !asks && !is_due {
                pause = LOOK;
                continue;
            }
            let running = state.running.as_ref().map(RunningJob::told_next);
            drop(state);
            let sent = Instant::now();
            let asked = match &running {
                Some((call, progress)) if !is_due => {
                    self.server.look(&self.id, &ReportedCall { call, progress: *progress })
                }
                _ => {
                    let call = running.as_ref().map(|(call, progress)| ReportedCall { call, progress: *progress });
                    self.server.renew_worker(&self.id, call.as_ref())
                }
            };
            pause = if asked.is_ok() { LOOK } else { PAUSE };
            state = self.note(asked, running);
            if is_due && pause == LOOK {
                (last, state.ends) = (sent, sent + LEASE);
            }
        }
    }

    /// Notes what the server has said, to a worker that has told it about a call.
    fn note(
        &self,
        said: Result<WorkerRenewal>,
        told: Option<(CallName, Option<(usize, usize)>)>,
    ) -> MutexGuard<'_, RenewalOfMember> {
        let is_over = match &said {
            Ok(WorkerRenewal::Lost) => true,
            Ok(WorkerRenewal::Goes(_)) => false,
            Err(_) => Instant::now() >= lock(&self.state).ends,
        };
        if is_over {
            self.lose();
        }
        let mut state = lock(&self.state);
        if let (Ok(WorkerRenewal::Goes(order)), Some(now)) = (said, &mut state.running) {
            if let Some((call, Some(progress))) = told
                && call == now.call
            {
                now.told = Some(progress);
            }
            match order.filter(|order| order.entry == now.call.entry) {
                Some(order) if order.how == StopKind::Kill => now.job.cancel(),
                Some(_) => now.job.request_cancel(),
                None => {}
            }
        }
        state
    }
}

/// Returns whether the nth look at a call asks the server. The first one does not: a short call costs no request, and its
/// begin wakes no thread. Each does while the call is young, and every third one after that: a server carries three times
/// as many workers in long calls, and a call that is to end is killed within a second nevertheless.
fn asks(nth: u32) -> bool {
    match nth {
        ..2 => false,
        2..=4 => true,
        _ => nth.is_multiple_of(3),
    }
}

impl RunningJob {
    /// Notes a look. Returns whether it asks the server.
    fn look(&mut self) -> bool {
        self.looks = self.looks.saturating_add(1);
        asks(self.looks)
    }

    /// Returns the call, and the progress that its caller was not told yet.
    fn told_next(&self) -> (CallName, Option<(usize, usize)>) {
        (self.call.clone(), self.job.progress().filter(|progress| self.told != Some(*progress)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_call_asks_for_nothing_and_a_long_one_hears_of_its_end_within_a_second() {
        let asked: Vec<u32> = (0..100).filter(|nth| asks(*nth)).collect();
        assert_eq!(asked[..5], [2, 3, 4, 6, 9]);
        let longest = asked.windows(2).map(|two| (two[1] - two[0]) * LOOK).max();
        assert!(longest < Some(Duration::from_secs(1)), "{longest:?}");
        assert!(asked.len() < 40, "{} of 100 looks ask the server", asked.len());
    }
}
