//! The worker processes, the queue of jobs, and the threads that send jobs to workers.
//!
//! If the queue is empty and there is a worker for the call, `f::call` talks to the worker on the calling thread. All
//! other calls are queued. Each thread of the pool takes the next job from the queue when there is a worker for the
//! job. There are at most as many threads as workers.

use super::process::Worker;
use super::program::Program;
use super::stats::{Traffic, WorkerStats};
use crate::backend::{CallRecorder, forked};
use crate::error::{Error, ErrorKind, Result};
use crate::remote::caller::job::{AfterJob, Begin, Job, JobResult, Sending};
use crate::remote::caller::running::WorkerName;
use crate::remote::caller::transport::{Transport, all_lost, closed};
use crate::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, lock};
use std::collections::VecDeque;
use std::thread::{self, JoinHandle};

/// How many requests, at most, a worker may have that it has not responded to.
const MOST_PIPELINED: usize = 16;
/// How many bytes these requests may take together. A larger request is sent alone, to an idle worker. The limit is
/// less than a socket holds: otherwise a worker that writes a response, and this process that writes a request, could
/// wait for each other for ever.
const WINDOW: usize = 1 << 15;

/// The least length of the queue at which cancelled jobs are removed.
const SWEEP: usize = 64;

/// Worker processes and their jobs.
pub(in crate::remote) struct Pool {
    program: Program,
    /// How many workers the pool was started with.
    count: usize,
    /// After how many calls a worker is replaced by a fresh one.
    calls: usize,
    /// How many dead workers may be replaced in total.
    restarts: usize,
    traffic: Traffic,
    state: Mutex<PoolState>,
    /// Notified when there is a new job or a worker for one, when all workers are lost, and when the threads are to
    /// end.
    ready: Condvar,
    /// `None` if the calls are not recorded.
    recorder: Option<CallRecorder>,
    /// The number of the process that has started the workers. A fork of that process must not use them.
    pid: u32,
}

struct PoolState {
    queue: VecDeque<Arc<Job>>,
    /// The length of the queue at which the jobs that were cancelled meanwhile are removed.
    swept_at: usize,
    idle: Vec<Worker>,
    /// Workers that fresh workers have replaced (`Builder::recycle_after`), and that may not have ended yet.
    retired: Vec<Worker>,
    /// How many workers may be started now.
    missing: usize,
    /// How many workers have died, or could not be started, and are not replaced.
    lost: usize,
    /// How many more dead workers may be replaced.
    restarts: usize,
    threads: Vec<JoinHandle<()>>,
    /// How many threads wait for a job.
    waiting: usize,
    closing: bool,
}

/// Permission to use a worker.
enum Permit {
    /// A worker that was idle. The worker may have died since then.
    Idle(Worker),
    /// A worker that is to be started.
    ToStart,
}

impl Pool {
    pub(super) fn start(program: Program, count: usize, restarts: usize, calls: usize) -> Result<Arc<Self>> {
        let recorder = CallRecorder::of_process()?;
        let mut idle = Vec::with_capacity(count);
        let started = (0..count).try_for_each(|_| Worker::start(&program).map(|worker| idle.push(worker)));
        if let Err(error) =
            started.and_then(|()| idle.iter_mut().try_for_each(|worker| worker.wait_until_serving(&program)))
        {
            for worker in &mut idle {
                let _status = worker.kill_and_wait();
            }
            return Err(error);
        }
        let (queue, threads, retired) = (VecDeque::new(), Vec::new(), Vec::new());
        let state = PoolState {
            queue,
            swept_at: SWEEP,
            idle,
            retired,
            missing: 0,
            lost: 0,
            restarts,
            threads,
            waiting: 0,
            closing: false,
        };
        let (pid, traffic, state, ready) = (std::process::id(), Traffic::default(), Mutex::new(state), Condvar::new());
        Ok(Arc::new(Self { program, count, calls, restarts, traffic, state, ready, recorder, pid }))
    }

    /// Starts another thread. Returns an error if the pool has none, and none can be started.
    fn add_thread(self: &Arc<Self>, state: &mut PoolState) -> Result<(), String> {
        let pool = Arc::clone(self);
        let name = format!("ref-worker-{}", state.threads.len());
        match thread::Builder::new().name(name).spawn(move || pool.run_jobs()) {
            Ok(thread) => state.threads.push(thread),
            Err(error) if state.threads.is_empty() => {
                return Err(format!("cannot start a thread for the workers: {error}"));
            }
            Err(_) => {}
        }
        Ok(())
    }

    /// Ends every job of the queue with an error. The lock is not held meanwhile: the end of a job wakes its task.
    fn refuse_all<'s>(
        &'s self,
        mut state: MutexGuard<'s, PoolState>,
        error: impl Fn() -> Error,
    ) -> MutexGuard<'s, PoolState> {
        let jobs = std::mem::take(&mut state.queue);
        drop(state);
        for job in jobs {
            let _no_worker = job.finish(Err(error()));
        }
        lock(&self.state)
    }

    /// Runs jobs until the pool closes and the queue is empty. Each thread of the pool calls this.
    fn run_jobs(&self) {
        let mut state = lock(&self.state);
        loop {
            if state.is_lost(self.count) && !state.queue.is_empty() {
                state = self.refuse_all(state, all_lost);
            }
            if state.closing && state.queue.is_empty() {
                return;
            }
            match state.next() {
                Some((permit, job)) => {
                    drop(state);
                    self.serve(permit, job);
                    state = lock(&self.state);
                }
                None => state = self.wait_for_job(state),
            }
        }
    }

    fn wait_for_job<'s>(&self, mut state: MutexGuard<'s, PoolState>) -> MutexGuard<'s, PoolState> {
        state.waiting += 1;
        let mut state = self.ready.wait(state).unwrap_or_else(PoisonError::into_inner);
        state.waiting -= 1;
        state
    }

    /// Runs the job, and jobs after it that may be pipelined, in a worker. Then the worker is idle, or noted as dead.
    /// If there is no worker, ends the job with an error.
    fn serve(&self, permit: Permit, job: Arc<Job>) {
        let idle = match self.live_worker(permit) {
            Ok(worker) => self.exchange(worker, job),
            Err(error) => {
                let _no_worker = job.finish(Err(error));
                None
            }
        };
        let mut state = lock(&self.state);
        match idle {
            Some(worker) => state.idle.push(worker),
            None => state.note_death(),
        }
        if state.waiting > 0 && (!state.queue.is_empty() || state.is_lost(self.count)) {
            self.ready.notify_one();
        }
    }

    /// Returns the permitted worker. A worker that has died while it was idle is replaced by a fresh one, and so is a
    /// worker that has run as many calls as it may.
    ///
    /// # Errors
    /// The errors of starting a worker. `WorkerDied` if the idle worker has died and no more workers are replaced.
    fn live_worker(&self, permit: Permit) -> Result<Worker> {
        match permit {
            Permit::Idle(worker) if worker.is_idle() && worker.calls < self.calls => return Ok(worker),
            Permit::Idle(worker) if worker.is_idle() => return Ok(self.recycled(worker)),
            Permit::Idle(mut dead) => {
                let error = dead.died("while it waited");
                let mut state = lock(&self.state);
                state.restarts = state.restarts.checked_sub(1).ok_or(error)?;
            }
            Permit::ToStart => {}
        }
        self.fresh()
    }

    fn fresh(&self) -> Result<Worker> {
        let mut worker = Worker::start(&self.program)?;
        match worker.wait_until_serving(&self.program) {
            Ok(()) => Ok(worker),
            Err(error) => {
                let _status = worker.kill_and_wait();
                Err(error)
            }
        }
    }

    /// Starts a worker in the place of `worker`, which has run as many calls as it may. Returns `worker` itself if the
    /// fresh process cannot be started or does not serve.
    fn recycled(&self, mut worker: Worker) -> Worker {
        let Ok(fresh) = self.fresh() else {
            worker.calls = 0;
            return worker;
        };
        worker.close();
        let mut state = lock(&self.state);
        state.retired.push(worker);
        state.retired.retain_mut(|worker| !worker.has_ended());
        // A retired worker may not exit, for example since it is stopped, and is not waited for. If more than `count`
        // retired workers have not ended, the oldest is killed.
        let oldest = (state.retired.len() > self.count).then(|| state.retired.remove(0));
        drop(state);
        if let Some(mut oldest) = oldest {
            let _status = oldest.kill_and_wait();
        }
        fresh
    }

    /// Sends `first`, and jobs after it that may be pipelined, and receives the responses. Returns the worker, or
    /// `None` if the worker has died.
    fn exchange(&self, mut worker: Worker, first: Arc<Job>) -> Option<Worker> {
        let mut sent: VecDeque<Arc<Job>> = VecDeque::with_capacity(1);
        let mut next = Some(first);
        // A worker to which nothing can be sent is dead. The worker may have responded before its death. So all
        // responses are received first: a call that was run must not be run again.
        let mut accepts = true;
        loop {
            while let Some(job) = next.take() {
                if job.begin(Some(worker.pid()), worker.next_call(), |function| {
                    let recorder = self.recorder.as_ref()?;
                    Some(recorder.sent(function, format_args!("process {}", worker.pid())))
                }) == Begin::Begun
                {
                    let request = job.request();
                    self.traffic.send(request.len());
                    accepts = worker.send(&request).is_ok();
                    sent.push_back(job);
                }
                next = if accepts { self.another(&worker, &sent) } else { None };
            }
            let Some(job) = sent.pop_front() else { break };
            let after = match worker.receive() {
                Ok(message) => {
                    self.traffic.receive(message.len());
                    job.receive(WorkerName::here(worker.pid()), message)
                }
                Err(_) => {
                    sent.push_front(job);
                    self.after_death(worker, sent);
                    return None;
                }
            };
            if after == AfterJob::WorkerKilled {
                let _status = worker.kill_and_wait();
                self.after_death(worker, sent);
                return None;
            }
            worker.calls += 1;
            next = if accepts { self.another(&worker, &sent) } else { None };
        }
        if accepts {
            return Some(worker);
        }
        self.after_death(worker, sent);
        None
    }

    /// Takes the next job from the queue, if that job may be sent to a worker that has not responded to `sent` yet.
    fn another(&self, worker: &Worker, sent: &VecDeque<Arc<Job>>) -> Option<Arc<Job>> {
        let room = WINDOW.checked_sub(sent.iter().map(|job| job.request().len()).sum())?;
        let due = worker.calls + sent.len() >= self.calls;
        if due || sent.len() >= MOST_PIPELINED || sent.back()?.sending != Sending::Pipelined {
            return None;
        }
        let mut state = lock(&self.state);
        let fits = |job: &Arc<Job>| job.sending == Sending::Pipelined && job.request().len() <= room;
        // If another worker could run the job at once, the job is left to that worker.
        match state.idle.is_empty() && state.missing == 0 && state.queue.front().is_some_and(fits) {
            true => state.queue.pop_front(),
            false => None,
        }
    }

    /// Ends the worker, and the first job of `sent`, which the worker may have been running, unless that may be run again.
    /// Queues the other jobs again, since the worker had not begun them.
    fn after_death(&self, mut worker: Worker, mut sent: VecDeque<Arc<Job>>) {
        self.traffic.end(sent.len());
        // The process is dead from here on, so none of its sessions uses an argument of the job any more.
        let error = worker.died("during the call");
        if let Some(job) = sent.pop_front()
            && job.retry_or_finish(error)
        {
            lock(&self.state).queue.push_front(job);
        }
        let mut state = lock(&self.state);
        for job in sent.into_iter().rev() {
            job.requeue();
            state.queue.push_front(job);
        }
    }
}

impl Transport for Pool {
    fn count(&self) -> usize {
        self.count
    }

    fn is_forked(&self) -> bool {
        self.pid != std::process::id()
    }

    fn idle(&self) -> Vec<u32> {
        let pids = || lock(&self.state).idle.iter().map(Worker::pid).collect();
        if self.is_forked() { Vec::new() } else { pids() }
    }

    fn stats(&self) -> WorkerStats {
        if self.is_forked() {
            return WorkerStats::default();
        }
        let state = lock(&self.state);
        let (queued, idle, restarts) = (state.queue.len(), state.idle.len(), self.restarts - state.restarts);
        self.traffic.add_to(WorkerStats { queued, idle, restarts, ..WorkerStats::default() })
    }

    fn serves(&self) -> bool {
        lock(&self.state).idle.last().is_some_and(Worker::is_idle)
    }

    fn prepare(&self) -> Result<()> {
        let Some(permit) = lock(&self.state).permit() else { return Ok(()) };
        let (live, mut state) = (self.live_worker(permit), lock(&self.state));
        live.map(|worker| state.idle.push(worker)).inspect_err(|_| state.note_death())
    }

    fn run(self: Arc<Self>, job: &Arc<Job>) -> JobResult {
        if self.is_forked() {
            return Err(forked());
        }
        let mut state = lock(&self.state);
        // Queued jobs come first.
        match state.queue.is_empty().then(|| state.permit()).flatten() {
            Some(permit) => {
                drop(state);
                self.serve(permit, Arc::clone(job));
            }
            None => {
                drop(state);
                Arc::clone(&self).submit(Arc::clone(job));
                let _over = job.wait(None);
            }
        }
        job.take()
    }

    /// Ends the job with an error if all workers are lost, or if the pool has no thread and cannot start one.
    fn submit(self: Arc<Self>, job: Arc<Job>) {
        let mut state = lock(&self.state);
        if state.closing || state.is_lost(self.count) {
            let error = if state.closing { closed() } else { all_lost() };
            drop(state);
            let _no_worker = job.finish(Err(error));
            return;
        }
        state.sweep();
        state.queue.push_back(job);
        let starts = state.waiting < state.queue.len() && state.threads.len() < self.count;
        match starts.then(|| self.add_thread(&mut state)) {
            Some(Err(what)) => drop(self.refuse_all(state, || Error::new(ErrorKind::Io, what.clone()))),
            Some(Ok(())) | None => self.ready.notify_one(),
        }
    }

    /// Waits until the queued jobs are over, and ends the threads and then the processes.
    fn close(&self) {
        if self.is_forked() {
            return;
        }
        let mut state = lock(&self.state);
        state.closing = true;
        let threads = std::mem::take(&mut state.threads);
        drop(state);
        self.ready.notify_all();
        for thread in threads {
            let _it_may_have_panicked = thread.join();
        }
        let mut state = lock(&self.state);
        let (idle, retired) = (std::mem::take(&mut state.idle), std::mem::take(&mut state.retired));
        drop(state);
        Worker::close_all(idle.into_iter().chain(retired).collect());
    }
}

impl PoolState {
    /// Removes cancelled jobs from a queue that has doubled since the last time. So the queue has as many of them as of the
    /// others, at most, and a job is looked at twice on average.
    fn sweep(&mut self) {
        if self.queue.len() >= self.swept_at {
            self.queue.retain(|job| !job.is_over());
            self.swept_at = (2 * self.queue.len()).max(SWEEP);
        }
    }

    /// Returns permission to use an idle worker, or else to start one. Returns `None` if neither is possible now.
    fn permit(&mut self) -> Option<Permit> {
        if let Some(worker) = self.idle.pop() {
            return Some(Permit::Idle(worker));
        }
        self.missing = self.missing.checked_sub(1)?;
        Some(Permit::ToStart)
    }

    /// Takes the next job from the queue, with permission to use a worker. Returns `None` if there is no job or no
    /// worker.
    fn next(&mut self) -> Option<(Permit, Arc<Job>)> {
        if self.queue.is_empty() {
            return None;
        }
        let permit = self.permit()?;
        self.queue.pop_front().map(|job| (permit, job))
    }

    /// Notes that a worker has died or could not be started. Another worker may be started, unless `restarts` is used
    /// up.
    fn note_death(&mut self) {
        match self.restarts.checked_sub(1) {
            Some(left) => (self.restarts, self.missing) = (left, self.missing + 1),
            None => self.lost += 1,
        }
    }

    /// Returns whether all of the pool's workers are lost.
    fn is_lost(&self, count: usize) -> bool {
        self.lost == count
    }
}
