//! The worker processes, the queue of calls, and the threads that bring both together.
//!
//! A call that finds a worker free talks to it on the caller's own thread. What is spawned is queued, and a thread for
//! each worker takes the next when a worker is free.

use super::process::Worker;
use super::program::Program;
use crate::backend::forked;
use crate::remote::caller::job::{Answer, Job};
use crate::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, lock};
use crate::{Error, ErrorKind, Result};
use std::collections::VecDeque;
use std::thread::{self, JoinHandle};

/// How many calls a worker is sent before it has answered the first of them.
const AHEAD: usize = 16;
/// How many bytes they may take together: less than a socket holds, or two writers would wait for each other.
const WINDOW: usize = 1 << 15;

/// Worker processes and what they have to do.
pub(in crate::remote) struct Pool {
    program: Program,
    count: usize,
    /// How many calls a worker answers before another takes its place.
    calls: usize,
    state: Mutex<State>,
    /// There is a worker for a job, or nothing more to wait for.
    ready: Condvar,
    /// The process that has started them: a fork of it leaves them alone.
    home: u32,
}

struct State {
    queue: VecDeque<Arc<Job>>,
    idle: Vec<Worker>,
    /// Workers that were recycled, and may not have ended yet.
    retired: Vec<Worker>,
    /// How many more may be started now.
    missing: usize,
    /// How many are gone for good.
    lost: usize,
    /// How many that die will be replaced.
    restarts: usize,
    threads: Vec<JoinHandle<()>>,
    /// How many threads wait for a job.
    waiting: usize,
    closing: bool,
}

/// Permission to use a worker: one that is there, or the place of one to be started.
type Place = Option<Worker>;

impl Pool {
    pub(super) fn start(program: Program, count: usize, restarts: usize, calls: usize) -> Result<Arc<Self>> {
        let mut idle = Vec::with_capacity(count);
        let started = (0..count).try_for_each(|_| Worker::start(&program).map(|worker| idle.push(worker)));
        if let Err(error) = started.and_then(|()| idle.iter_mut().try_for_each(|worker| worker.greet(&program))) {
            idle.iter_mut().for_each(|worker| _ = worker.bury());
            return Err(error);
        }
        let (queue, threads, retired) = (VecDeque::new(), Vec::new(), Vec::new());
        let state = State { queue, idle, retired, missing: 0, lost: 0, restarts, threads, waiting: 0, closing: false };
        let home = std::process::id();
        Ok(Arc::new(Self { program, count, calls, state: Mutex::new(state), ready: Condvar::new(), home }))
    }

    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// The process numbers of the workers that wait for something to do.
    pub(super) fn idle(&self) -> Vec<u32> {
        lock(&self.state).idle.iter().map(Worker::pid).collect()
    }

    /// Runs a job and waits for its end.
    pub(in crate::remote::caller) fn run(self: &Arc<Self>, job: &Arc<Job>) -> Answer {
        if self.home != std::process::id() {
            return Err(forked());
        }
        let mut state = lock(&self.state);
        match state.queue.is_empty().then(|| state.place()).flatten() {
            Some(place) => {
                drop(state);
                self.serve(place, Arc::clone(job));
            }
            None => {
                drop(state);
                self.submit(Arc::clone(job));
                job.wait(None);
            }
        }
        job.take()
    }

    /// Queues a job.
    pub(in crate::remote::caller) fn submit(self: &Arc<Self>, job: Arc<Job>) {
        if self.home != std::process::id() {
            job.finish(Err(forked()));
            return;
        }
        let mut state = lock(&self.state);
        if state.is_lost(self.count) {
            job.finish(Err(all_lost()));
            return;
        }
        state.queue.push_back(job);
        if state.waiting < state.queue.len() && state.threads.len() < self.count {
            self.add_thread(&mut state);
        }
        self.ready.notify_one();
    }

    /// Ends the threads, then the processes.
    pub(super) fn close(&self) {
        if self.home != std::process::id() {
            return;
        }
        let mut state = lock(&self.state);
        state.closing = true;
        let threads = std::mem::take(&mut state.threads);
        drop(state);
        self.ready.notify_all();
        threads.into_iter().for_each(|thread| drop(thread.join()));
        let mut state = lock(&self.state);
        let (idle, retired) = (std::mem::take(&mut state.idle), std::mem::take(&mut state.retired));
        drop(state);
        Worker::dismiss(idle.into_iter().chain(retired).collect());
    }

    fn add_thread(self: &Arc<Self>, state: &mut State) {
        let pool = Arc::clone(self);
        let name = format!("ref-worker-{}", state.threads.len());
        match thread::Builder::new().name(name).spawn(move || pool.attend()) {
            Ok(thread) => state.threads.push(thread),
            Err(error) if state.threads.is_empty() => {
                let what = format!("cannot start a thread for the workers: {error}");
                let refused = || Err(Error::new(ErrorKind::Io, what.clone()));
                state.queue.drain(..).for_each(|job| _ = job.finish(refused()));
            }
            Err(_) => {}
        }
    }

    /// What each thread does.
    fn attend(&self) {
        let mut state = lock(&self.state);
        loop {
            if state.is_lost(self.count) {
                state.queue.drain(..).for_each(|job| _ = job.finish(Err(all_lost())));
            }
            if state.closing && state.queue.is_empty() {
                return;
            }
            match state.next() {
                Some((place, job)) => {
                    drop(state);
                    self.serve(place, job);
                    state = lock(&self.state);
                }
                None => state = self.pause(state),
            }
        }
    }

    fn pause<'s>(&self, mut state: MutexGuard<'s, State>) -> MutexGuard<'s, State> {
        state.waiting += 1;
        let mut state = self.ready.wait(state).unwrap_or_else(PoisonError::into_inner);
        state.waiting -= 1;
        state
    }

    /// Has a worker run the job, and those after it that may be sent ahead; then the worker is free.
    fn serve(&self, place: Place, job: Arc<Job>) {
        let free = match self.alive(place) {
            Ok(worker) => self.exchange(worker, job),
            Err(error) => {
                job.finish(Err(error));
                None
            }
        };
        let mut state = lock(&self.state);
        match free {
            Some(worker) => state.idle.push(worker),
            None => state.bury_one(),
        }
        if state.waiting > 0 && (!state.queue.is_empty() || state.is_lost(self.count)) {
            self.ready.notify_one();
        }
    }

    /// The worker, or the one in its place if it has died while it waited.
    fn alive(&self, place: Place) -> Result<Worker> {
        match place {
            Some(worker) if worker.is_idle() && worker.calls < self.calls => return Ok(worker),
            Some(worker) if worker.is_idle() => return Ok(self.recycled(worker)),
            Some(mut dead) => {
                let error = dead.died("while it waited");
                let mut state = lock(&self.state);
                state.restarts = state.restarts.checked_sub(1).ok_or(error)?;
            }
            None => {}
        }
        self.fresh()
    }

    fn fresh(&self) -> Result<Worker> {
        let mut worker = Worker::start(&self.program)?;
        match worker.greet(&self.program) {
            Ok(()) => Ok(worker),
            Err(error) => {
                worker.bury();
                Err(error)
            }
        }
    }

    /// A fresh worker in the place of one that has answered its calls; that one, if none can be started.
    fn recycled(&self, mut worker: Worker) -> Worker {
        let Ok(fresh) = self.fresh() else {
            worker.calls = 0;
            return worker;
        };
        worker.retire();
        let mut state = lock(&self.state);
        state.retired.push(worker);
        state.retired.retain_mut(|worker| !worker.has_ended());
        // A worker that does not end is not waited for, and no more than `count` of them are kept.
        let stuck = (state.retired.len() > self.count).then(|| state.retired.remove(0));
        drop(state);
        stuck.into_iter().for_each(|mut stuck| _ = stuck.bury());
        fresh
    }

    /// Sends jobs and receives their answers. Answers the worker, if it lives.
    fn exchange(&self, mut worker: Worker, first: Arc<Job>) -> Option<Worker> {
        let mut sent: VecDeque<Arc<Job>> = VecDeque::with_capacity(1);
        let mut next = Some(first);
        // A worker that hears no more may have answered before it died: what it has done must not be done again.
        let mut hears = true;
        loop {
            while let Some(job) = next.take() {
                if job.begin(worker.process()) {
                    hears = worker.send(&job.request).is_ok();
                    sent.push_back(job);
                }
                next = if hears { self.another(&worker, &sent) } else { None };
            }
            let Some(job) = sent.pop_front() else { break };
            let killed = match worker.receive() {
                Ok(message) => job.answer(worker.pid(), message),
                Err(_) => {
                    sent.push_front(job);
                    return self.end(worker, sent);
                }
            };
            if killed {
                worker.bury();
                return self.end(worker, sent);
            }
            worker.calls += 1;
            next = if hears { self.another(&worker, &sent) } else { None };
        }
        if hears { Some(worker) } else { self.end(worker, sent) }
    }

    /// A job that may be sent to a worker which still has `sent` to answer.
    fn another(&self, worker: &Worker, sent: &VecDeque<Arc<Job>>) -> Option<Arc<Job>> {
        let room = WINDOW.checked_sub(sent.iter().map(|job| job.request.len()).sum())?;
        let due = worker.calls + sent.len() >= self.calls;
        if due || sent.len() >= AHEAD || !sent.back()?.ahead {
            return None;
        }
        let mut state = lock(&self.state);
        let fits = |job: &Arc<Job>| job.ahead && job.request.len() <= room;
        match state.idle.is_empty() && state.missing == 0 && state.queue.front().is_some_and(fits) {
            true => state.queue.pop_front(),
            false => None,
        }
    }

    /// After a worker's death: the first of `sent` has died with it, and the others were not begun.
    fn end(&self, mut worker: Worker, mut sent: VecDeque<Arc<Job>>) -> Option<Worker> {
        let error = worker.died("during the call");
        if let Some(job) = sent.pop_front() {
            job.finish(Err(error));
        }
        let mut state = lock(&self.state);
        for job in sent.into_iter().rev() {
            job.requeue();
            state.queue.push_front(job);
        }
        None
    }
}

impl State {
    /// A worker, or the permission to start one.
    fn place(&mut self) -> Option<Place> {
        if let Some(worker) = self.idle.pop() {
            return Some(Some(worker));
        }
        self.missing = self.missing.checked_sub(1)?;
        Some(None)
    }

    /// The next job and a worker for it.
    fn next(&mut self) -> Option<(Place, Arc<Job>)> {
        if self.queue.is_empty() {
            return None;
        }
        let place = self.place()?;
        self.queue.pop_front().map(|job| (place, job))
    }

    /// A worker has died: another may be started, while that is allowed.
    fn bury_one(&mut self) {
        match self.restarts.checked_sub(1) {
            Some(left) => (self.restarts, self.missing) = (left, self.missing + 1),
            None => self.lost += 1,
        }
    }

    fn is_lost(&self, count: usize) -> bool {
        self.lost == count
    }
}

fn all_lost() -> Error {
    Error::new(ErrorKind::WorkerDied, "every worker has died, and no more are started; nothing was changed")
        .with_remedy("look at why they die, or allow more with `Builder::restarts`")
}
