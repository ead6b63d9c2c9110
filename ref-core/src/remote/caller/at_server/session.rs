//! This process as a caller in a pool: the calls that it has sent, and those that it is about to send.
//!
//! A caller that the server has not heard of for as long as a lease lasts is over, and all its calls end with one error. The
//! server ends the session at about the same time.

use super::due::{Due, DueRenewal};
use crate::backend::CallRecorder;
use crate::backend::calls::{CallServer, LEASE, NewMember, PoolCounts, PoolWorkers, StopKind};
use crate::error::{Error, ErrorKind, Result};
use crate::remote::caller::job::{AfterJob, Begin, Job};
use crate::remote::caller::running::{Reported, RunningCall};
use crate::remote::caller::workers::stats::Traffic;
use crate::remote::protocol::build::{Build, member_id, process_name};
use crate::remote::protocol::sent_error::SentError;
use crate::sync::plain::AtomicUsize;
use crate::sync::{Arc, Condvar, Instant, Mutex, Ordering, PoisonError, lock};
use std::collections::{HashMap, VecDeque};

/// A caller in a pool. Its drop sends nothing.
pub(super) struct CallerSession {
    pub(super) server: Arc<dyn CallServer>,
    pub(super) build: Build,
    pub(super) id: String,
    pub(super) traffic: Arc<Traffic>,
    /// `None` if the calls are not recorded.
    recorder: Option<CallRecorder>,
    /// How many workers have this program's build, as the last renewal has said.
    workers: AtomicUsize,
    pub(super) state: Mutex<SessionState>,
    /// Notified when a call is over, and when the session is.
    pub(super) ended: Condvar,
    /// Notified when there is something to send, and when the session is over.
    due: Condvar,
    /// Notified when the thread that reads answers has to read, and when the session is over.
    pub(super) to_read: Condvar,
    /// The calls that are not sent yet.
    pub(super) outbox: Mutex<VecDeque<OpenCall>>,
    /// Held while calls are sent, so that they are sent in order. No call ends meanwhile: the end of a call may run user
    /// code, which may make another.
    pub(super) sending: Mutex<()>,
}

pub(super) struct SessionState {
    /// The number of the last call.
    last: u64,
    /// The calls that are not over, by their numbers.
    pub(super) open: HashMap<u64, OpenCall>,
    /// Whether a thread reads answers now. No other thread does then.
    pub(super) is_read: bool,
    /// Calls that are to end, and how.
    stops: Vec<(u64, StopKind)>,
    /// Whether the thread that sends is to send what is in the outbox.
    is_to_send: bool,
    /// The number of the last call that the server has acknowledged.
    pub(super) acknowledged: u64,
    /// Until when the server knows this session, if it has not heard of it any more.
    ends: Instant,
    pub(super) is_over: bool,
    /// The name of the last answer that was read.
    pub(super) read: String,
}

#[derive(Clone)]
pub(super) struct OpenCall {
    pub(super) number: u64,
    pub(super) job: Arc<Job>,
    pub(super) progress: Arc<Mutex<Option<Reported>>>,
    /// The functions of the pool's workers, if none has this program's build: the call is taken out of the queue.
    pub(super) other: Option<Arc<Vec<u8>>>,
    /// Whether the server may have the call, although its reply is missing. Then no later error says that it does not.
    pub(super) is_uncertain: bool,
}

/// A call that was sent to the pool.
struct CallInPool {
    session: Arc<CallerSession>,
    number: u64,
    progress: Arc<Mutex<Option<Reported>>>,
}

impl RunningCall for CallInPool {
    fn kill(&self) {
        self.session.stop(self.number, StopKind::Kill);
    }

    fn request_cancel(&self) {
        self.session.stop(self.number, StopKind::Ask);
    }

    fn reported(&self) -> Option<Reported> {
        *lock(&self.progress)
    }
}

impl CallerSession {
    /// Becomes a caller of the pool.
    pub(super) fn begin(
        server: &Arc<dyn CallServer>,
        build: &Build,
        traffic: &Arc<Traffic>,
    ) -> Result<(Arc<Self>, PoolWorkers)> {
        let (id, recorder) = (member_id('c')?, CallRecorder::of_process()?);
        let process = process_name();
        let member = NewMember { id: &id, build: &build.name, process: &process, functions: None };
        let workers = server.join(&member)?;
        let ends = Instant::now() + LEASE;
        let state = SessionState {
            last: 0,
            open: HashMap::new(),
            is_read: false,
            stops: Vec::new(),
            is_to_send: false,
            acknowledged: 0,
            ends,
            is_over: false,
            read: "0".to_owned(),
        };
        let session = Self {
            server: Arc::clone(server),
            build: build.clone(),
            id,
            traffic: Arc::clone(traffic),
            recorder,
            workers: AtomicUsize::new(workers.own),
            state: Mutex::new(state),
            ended: Condvar::new(),
            due: Condvar::new(),
            to_read: Condvar::new(),
            outbox: Mutex::default(),
            sending: Mutex::default(),
        };
        Ok((Arc::new(session), workers))
    }

    pub(super) fn is_over(&self) -> bool {
        lock(&self.state).is_over
    }

    pub(super) fn workers(&self) -> usize {
        self.workers.load(Ordering::Relaxed)
    }

    pub(super) fn count(&self) -> Result<PoolCounts> {
        self.server.count(&self.id, &self.build.name)
    }

    /// Sends the job, after all earlier ones. A job that cannot be sent now stays in the outbox. Returns the job if the
    /// session is over.
    pub(super) fn submit(self: &Arc<Self>, job: Arc<Job>) -> Result<(), Arc<Job>> {
        self.add(job)?;
        self.send_all();
        Ok(())
    }

    /// Sends the job, as [`submit`](Self::submit) does, and waits until it is over. If no other thread reads answers, this
    /// one does meanwhile: so the answer wakes one thread and not two, and is asked for together with the call.
    pub(super) fn run(self: &Arc<Self>, job: &Arc<Job>) -> Result<(), Arc<Job>> {
        let leads = !std::mem::replace(&mut lock(&self.state).is_read, true);
        let added = self.add(Arc::clone(job));
        let mut asked = None;
        if added.is_ok() {
            self.send_all_and_ask(leads.then_some(&mut asked));
        }
        if leads {
            while added.is_ok() && !job.is_over() {
                self.read_once(asked.take());
            }
            self.end_reading();
        } else {
            let _over = job.wait(None);
        }
        added
    }

    /// Has the thread that sends send the job, after all earlier ones. Returns the job if the session is over.
    pub(super) fn submit_later(self: &Arc<Self>, job: Arc<Job>) -> Result<(), Arc<Job>> {
        self.add(job)?;
        lock(&self.state).is_to_send = true;
        self.due.notify_all();
        Ok(())
    }

    /// Puts the job into the outbox, unless it was cancelled.
    fn add(self: &Arc<Self>, job: Arc<Job>) -> Result<(), Arc<Job>> {
        let mut outbox = lock(&self.outbox);
        let mut state = lock(&self.state);
        if state.is_over {
            return Err(job);
        }
        state.last += 1;
        let (number, progress) = (state.last, Arc::<Mutex<Option<Reported>>>::default());
        let call = CallInPool { session: Arc::clone(self), number, progress: Arc::clone(&progress) };
        let open = OpenCall { number, job: Arc::clone(&job), progress, other: None, is_uncertain: false };
        state.open.insert(number, open.clone());
        let is_read = state.is_read;
        drop(state);
        let record =
            |function: &str| Some(self.recorder.as_ref()?.sent(function, format_args!("the pool `{}`", self.server)));
        if job.begin(None, call, record) == Begin::Cancelled {
            drop(lock(&self.state).open.remove(&number));
            self.ended.notify_all();
            return Ok(());
        }
        self.traffic.send(job.request().len());
        outbox.push_back(open);
        if !is_read {
            self.to_read.notify_one();
        }
        Ok(())
    }

    /// Ends an open call by `end`. The call is not open any more then: its end may run user code, which may drop the
    /// `Workers`.
    pub(super) fn end_call(&self, number: u64, end: impl FnOnce(&Job) -> AfterJob) {
        let Some(call) = lock(&self.state).open.remove(&number) else { return };
        let _after = end(&call.job);
        self.traffic.end(1);
        self.ended.notify_all();
    }

    /// Has a call end.
    pub(super) fn stop(&self, number: u64, how: StopKind) {
        lock(&self.state).stops.push((number, how));
        self.due.notify_all();
    }

    /// Waits until there is something to send.
    pub(super) fn due(&self) -> Due {
        let mut state = lock(&self.state);
        loop {
            if state.is_over {
                return Due::End;
            }
            if std::mem::take(&mut state.is_to_send) {
                return Due::Calls;
            }
            if !state.stops.is_empty() {
                let (number, how) = state.stops.remove(0);
                return Due::Stop(number, how);
            }
            state = self.due.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Waits until a renewal is due at `next`. `None` if the session is over.
    pub(super) fn renewal(&self, next: Instant) -> Option<DueRenewal> {
        let mut state = lock(&self.state);
        while !state.is_over {
            let left = next.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Some(DueRenewal { read: state.read.clone(), acknowledged: state.acknowledged });
            }
            state = self.due.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        None
    }

    /// Notes the reply to a renewal. The server answers again: what waits in the outbox is sent. If only workers of other
    /// builds have joined, calls that wait in the queue are taken out: they fail as a call does that is made now.
    pub(super) fn renewed(&self, workers: PoolWorkers) {
        self.workers.store(workers.own, Ordering::Relaxed);
        let is_to_send = !lock(&self.outbox).is_empty();
        let mut state = lock(&self.state);
        state.ends = Instant::now() + LEASE;
        state.is_to_send |= is_to_send;
        if let Some(other) = workers.other.map(Arc::new) {
            let SessionState { open, stops, acknowledged, .. } = &mut *state;
            let sent = open.values_mut().filter(|call| call.number <= *acknowledged && call.other.is_none());
            stops.extend(sent.map(|call| {
                call.other = Some(Arc::clone(&other));
                (call.number, StopKind::IfQueued)
            }));
        }
        let is_due = state.is_to_send || !state.stops.is_empty();
        drop(state);
        if is_due {
            self.due.notify_all();
        }
    }

    /// Returns whether the server has not heard of this session for as long as a lease lasts.
    pub(super) fn has_run_out(&self) -> bool {
        Instant::now() >= lock(&self.state).ends
    }

    /// Ends the session, which the server does not know any more, and all its calls.
    pub(super) fn lose(&self) {
        let _was_live = self.end_all(|| self.lost());
    }

    /// Does what [`lose`](Self::lose) does, and leaves: the server may know the session still, since its lease there is a
    /// little longer, and would have workers begin calls.
    pub(super) fn lose_and_leave(&self) {
        if self.end_all(|| self.lost()) {
            let _or_the_lease_runs_out = self.server.leave(&self.id);
        }
    }

    /// Ends the session and all its calls with `error`, since the server lets this process read no answers.
    pub(super) fn refuse(&self, error: &Error) {
        if self.end_all(|| SentError::new(error).into_error()) {
            let _or_the_lease_runs_out = self.server.leave(&self.id);
        }
    }

    /// Ends the session and all its calls. Returns false if the session was over already.
    fn end_all(&self, error: impl Fn() -> Error) -> bool {
        let (was_over, open) = {
            let mut state = lock(&self.state);
            (std::mem::replace(&mut state.is_over, true), std::mem::take(&mut state.open))
        };
        self.traffic.end(open.len());
        for call in open.into_values() {
            let _it_is_over = call.job.finish(Err(error()));
        }
        self.wake_all();
        !was_over
    }

    /// Wakes all threads that wait for something of this session, which is over.
    fn wake_all(&self) {
        [&self.ended, &self.due, &self.to_read].into_iter().for_each(Condvar::notify_all);
    }

    /// Waits until all calls are over, and leaves the pool.
    pub(super) fn close(&self) {
        let mut state = lock(&self.state);
        while !state.open.is_empty() && !state.is_over {
            state = self.ended.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        drop(state);
        self.end();
    }

    /// Leaves the pool.
    pub(super) fn end(&self) {
        let was_over = std::mem::replace(&mut lock(&self.state).is_over, true);
        if !was_over {
            self.wake_all();
            let _or_the_lease_runs_out = self.server.leave(&self.id);
        }
    }

    pub(super) fn lost(&self) -> Error {
        let what = format!(
            "the server of the pool `{}` has not heard of this process for {LEASE:?}, or has lost its data: nothing was \
             changed, and a worker that runs the call is told to end it",
            self.server
        );
        Error::new(ErrorKind::SessionLost, what).with_remedy("make the call again: another session is begun for it")
    }
}
