//! One call in the pool, from its request to its result.
//!
//! The thread that waits for the call and the thread that talks to the worker share a job. The same thread may do both.

use super::again::Again;
use super::ended::Ended;
use super::running::{Reported, RunningCall, WorkerName};
use super::unpack::{ArrivedOwners, OnArrival};
use crate::backend::{Caller, SentCall, forked};
use crate::codec::plain;
use crate::error::{Error, ErrorKind, Result};
use crate::event::CallSpan;
use crate::remote::panics::ignoring_panic;
use crate::remote::protocol::carried::ReceivedFiles;
use crate::remote::protocol::function::FunctionKey;
use crate::remote::protocol::response::Response;
use crate::remote::protocol::ticket::SentStores;
use crate::remote::protocol::wire::Message;
use crate::sync::{Arc, Condvar, Instant, Mutex, MutexGuard, OnceLock, PoisonError, lock, point};
use std::any::Any;
use std::task::Waker;

/// A request, and the phase that its call is in.
///
/// A fork of the process that has made the job has none of the threads that could end it, and one of these threads may
/// have held the lock of the phase. So the job is over in a fork, with the error `Forked`, and the fork does not take
/// that lock.
pub(in crate::remote) struct Job {
    /// A request that is sent again has other tickets.
    request: Mutex<Arc<Message>>,
    pub(super) sending: Sending,
    /// `None` if the function returns no owner.
    arrival: Option<Arrival>,
    phase: Mutex<Phase>,
    /// `None` if the call is made once. The lock of the phase may be taken while this one is held, and never the other way.
    again: Option<Mutex<Again>>,
    /// Notified when the phase becomes `Over`.
    over: Condvar,
    /// Where the end of the call is noted, and as which number.
    ended: OnceLock<(Arc<Ended>, usize)>,
    /// What happens when the call is over, beside that.
    awaited: Mutex<AwaitedEnd>,
    /// The number of the process that has made the job.
    pid: u32,
    function: &'static FunctionKey,
    span: CallSpan,
}

/// How returned owners are claimed.
pub(in crate::remote) struct Arrival {
    /// The function that claims them.
    pub(super) claim: OnArrival,
    /// The sessions of the arguments' objects.
    pub(super) stores: SentStores,
    /// The line of the call.
    pub(super) at: Caller,
}

/// When a request may be sent.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::remote) enum Sending {
    /// The request may be sent only to a worker that runs no call.
    WhenIdle,
    /// The request may also be sent to a worker that has not responded yet to earlier requests of this kind
    /// (pipelining).
    Pipelined,
}

/// A worker's response to a request.
pub(in crate::remote) struct Received {
    pub(in crate::remote) worker: WorkerName,
    pub(in crate::remote) parts: Vec<Vec<u8>>,
    pub(super) files: ReceivedFiles,
    /// The owners that the function has returned, or the error of a claim. `None` if there is no returned owner.
    pub(super) arrived: Option<ArrivedOwners>,
}

pub(in crate::remote) type JobResult = Result<Received>;

/// Whether a job may be sent to a worker.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Begin {
    /// The job may be sent, and is marked as running.
    Begun,
    /// The job may not be sent: it was cancelled while it was queued.
    Cancelled,
}

/// Whether `cancel` has killed the worker of a job that is over.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum AfterJob {
    /// `cancel` has not killed the worker.
    WorkerLives,
    /// The call was cancelled while it ran, and `cancel` has killed the worker.
    WorkerKilled,
}

/// How a wait for a job has ended.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Waited {
    Over,
    TimedOut,
}

/// The worker that runs a call.
struct RunsAt {
    call: Box<dyn RunningCall>,
    /// `None` if the call is not recorded.
    recorded: Option<SentCall>,
}

/// What happens when a call is over. No lock is held then: wakers and destructors are user code.
#[derive(Default)]
struct AwaitedEnd {
    /// The task that is woken.
    waker: Option<Waker>,
    /// What is dropped: the effects of a call whose future was dropped.
    left: Option<Box<dyn Any + Send>>,
}

enum Phase {
    Queued,
    /// Sent to a worker, or about to be sent.
    Running(RunsAt),
    /// Cancelled while the job ran. `cancel` has sent SIGKILL to the worker, and the thread that talks to the worker
    /// has not finished the job yet.
    Killed(Option<SentCall>),
    /// The call is over. The pair is what the function has reported last.
    Over(JobResult, Option<Reported>),
    /// The result was taken. The pair is what the function has reported last.
    Taken(Option<Reported>),
}

impl Phase {
    fn reported(&self) -> Option<Reported> {
        match self {
            Self::Running(worker) => worker.call.reported(),
            Self::Over(_, reported) | Self::Taken(reported) => *reported,
            Self::Queued | Self::Killed(_) => None,
        }
    }

    fn is_over(&self) -> bool {
        matches!(self, Self::Over(..) | Self::Taken(_))
    }

    fn take_recorded(&mut self) -> Option<SentCall> {
        match self {
            Self::Running(RunsAt { recorded, .. }) | Self::Killed(recorded) => recorded.take(),
            Self::Queued | Self::Over(..) | Self::Taken(_) => None,
        }
    }
}

impl Job {
    /// Makes the job of a call of `function`, which is queued.
    pub(super) fn new(
        function: &'static FunctionKey,
        request: Message,
        sending: Sending,
        arrival: Option<Arrival>,
        again: Option<Again>,
    ) -> Arc<Self> {
        let (request, again) = (Mutex::new(Arc::new(request)), again.map(Mutex::new));
        let (phase, over, pid) = (Mutex::new(Phase::Queued), Condvar::new(), std::process::id());
        let span = CallSpan::new(&function.name);
        let (ended, awaited) = (OnceLock::new(), Mutex::default());
        Arc::new(Self { request, sending, arrival, phase, again, over, ended, awaited, pid, function, span })
    }

    /// Makes the job of another process's call, whose result that process reads.
    pub(in crate::remote) fn passed_on(function: &'static FunctionKey, request: Message) -> Arc<Self> {
        Self::new(function, request, Sending::WhenIdle, None, None)
    }

    /// Returns whether this process is a fork of the process that has made the job.
    pub(super) fn is_forked(&self) -> bool {
        self.pid != std::process::id()
    }

    pub(super) fn request(&self) -> Arc<Message> {
        Arc::clone(&lock(&self.request))
    }

    /// Claims returned owners, and ends the job with the response of `worker`. Returns whether `cancel` has killed the
    /// worker.
    pub(super) fn receive(&self, worker: WorkerName, message: Message) -> AfterJob {
        let Message { parts, files } = message;
        let arrived = self.arrival.as_ref().and_then(|Arrival { claim, stores, at }| match &parts[..] {
            [front, result, ..] if matches!(plain::read(front), Ok(Response::Returned)) => {
                // `claim` runs the type's `Stored::describe`, which is user code. A panic of `describe` must not
                // unwind into a thread of the pool.
                ignoring_panic(|| claim(result, stores, at)).unwrap_or_else(|| Some(Err(undescribed())))
            }
            _ => None,
        });
        self.finish(Ok(Received { worker, parts, files: ReceivedFiles::map(files), arrived }))
    }

    /// Marks the job as running in the worker `pid`, if that is known. `call` acts on the worker, and `record` records a call
    /// of the function named. Returns `Cancelled`, and changes nothing, if the job is not queued any more.
    pub(super) fn begin(
        &self,
        pid: Option<u32>,
        call: impl RunningCall + 'static,
        record: impl FnOnce(&str) -> Option<SentCall>,
    ) -> Begin {
        let mut phase = lock(&self.phase);
        if !matches!(*phase, Phase::Queued) {
            return Begin::Cancelled;
        }
        *phase = Phase::Running(RunsAt { call: Box::new(call), recorded: record(&self.function.name) });
        drop(phase);
        pid.into_iter().for_each(|pid| self.span.sent(pid));
        Begin::Begun
    }

    /// Marks the job as queued again, after its worker has died and had not begun the call.
    pub(super) fn requeue(&self) {
        let mut phase = lock(&self.phase);
        // A job that was cancelled after it was sent stays cancelled.
        if matches!(*phase, Phase::Running(_)) {
            *phase = Phase::Queued;
        }
    }

    /// Ends the job with `result`. If the job was cancelled while it ran, an error in `result` is replaced by
    /// `Cancelled`. A job that is over stays as it is. Returns whether `cancel` has killed the worker.
    pub(super) fn finish(&self, result: JobResult) -> AfterJob {
        let mut phase = lock(&self.phase);
        let after = match *phase {
            Phase::Killed(_) => AfterJob::WorkerKilled,
            _ => AfterJob::WorkerLives,
        };
        if !phase.is_over() {
            let is_killed = after == AfterJob::WorkerKilled;
            let result = if is_killed { result.map_err(|_of_the_killed| cancelled()) } else { result };
            // With the lock held: the span has ended before the caller has the result.
            self.span.over(result.as_ref().err());
            let reported = phase.reported();
            if let Some(recorded) = phase.take_recorded() {
                recorded.over(result.as_ref().ok().and_then(|ran| ran.worker.if_far()), result.as_ref().err());
            }
            *phase = Phase::Over(result, reported);
            self.note_over();
            drop(phase);
            self.end_wait();
        }
        after
    }

    /// Queues the job again, or ends it with `death`, the death of its worker during the call. Returns whether the job is
    /// queued: the caller puts it into the queue.
    pub(super) fn retry_or_finish(&self, death: Error) -> bool {
        let is_running = matches!(*lock(&self.phase), Phase::Running(_));
        // `retries` finds the call either running or over: the lock is held until the end is noted.
        let mut again = self.again.as_ref().filter(|_| is_running).map(lock);
        let (is_made_again, deaths) = match &mut again {
            Some(again) => {
                again.deaths += 1;
                again.has_died = !self.is_made_again(again);
                (!again.has_died, again.deaths)
            }
            None => (false, 1),
        };
        if is_made_again {
            // A call that was cancelled meanwhile stays so.
            let mut phase = lock(&self.phase);
            if matches!(*phase, Phase::Running(_)) {
                *phase = Phase::Queued;
                return true;
            }
        }
        point("retry.denied");
        let death = if deaths > 1 { death.within(format_args!("the last of {deaths} tries")) } else { death };
        let _it_is_dead = self.finish(Err(death));
        drop(again);
        false
    }

    /// Sets how many times the call is made again if its worker dies. Returns whether the job is queued again, since its
    /// worker has died already: the caller puts it into the queue.
    pub(super) fn retries(&self, most: usize) -> bool {
        let Some(again) = self.again.as_ref().filter(|_| !self.is_forked()) else { return false };
        let mut again = lock(again);
        again.left = most;
        let is_over = matches!(*lock(&self.phase), Phase::Over(Err(_), _));
        let is_queued = again.has_died && is_over && self.is_made_again(&mut again);
        if is_queued {
            again.has_died = false;
            *lock(&self.phase) = Phase::Queued;
        }
        is_queued
    }

    /// Takes one of the retries, and makes the tickets anew, which asks the stores. No lock of the phase is held.
    /// Returns false if there is none left, or if the store makes no other tickets.
    fn is_made_again(&self, again: &mut Again) -> bool {
        let Some(left) = again.left.checked_sub(1) else { return false };
        let Ok(renewed) = again.renewed() else { return false };
        let mut request = lock(&self.request);
        // The earlier request may still be being sent.
        let earlier = Arc::try_unwrap(std::mem::take(&mut *request));
        let mut parts = earlier.map_or_else(|sent| sent.parts.clone(), |message| message.parts);
        // The first part is the request itself, and the arguments follow.
        renewed.into_iter().for_each(|(index, bytes)| parts[index + 1] = bytes);
        *request = Arc::new(Message::of(parts));
        again.left = left;
        true
    }

    /// Has the end of the call noted in `ended`, as `index`: at once if the call is over. The first of several such
    /// calls counts.
    pub(super) fn note_end(&self, ended: &Arc<Ended>, index: usize) {
        // With the lock held, the call does not end between the two steps.
        let phase = lock(&self.phase);
        if self.ended.set((Arc::clone(ended), index)).is_ok() && phase.is_over() {
            ended.push(index);
        }
    }

    /// Wakes the threads that wait for the call's end.
    fn note_over(&self) {
        self.over.notify_all();
        if let Some((ended, index)) = self.ended.get() {
            ended.push(*index);
        }
    }

    /// Wakes the task that awaits the call's end, and drops what was left behind. The call is over.
    fn end_wait(&self) {
        let AwaitedEnd { waker, left } = std::mem::take(&mut *lock(&self.awaited));
        let _woken = ignoring_panic(|| waker.into_iter().for_each(Waker::wake));
        let _dropped = ignoring_panic(|| drop(left));
    }

    /// Returns whether the call is over. If it is not, `waker` is woken when it is.
    pub(super) fn is_over_or_wakes(&self, waker: &Waker) -> bool {
        if self.is_forked() {
            return true;
        }
        let waker = waker.clone();
        let before = lock(&self.awaited).waker.replace(waker);
        drop(before);
        // After the waker is in its place: of this look and the end, the later one sees the other.
        self.is_over()
    }

    /// Drops `left` when the call is over: in the thread that ends it, or here.
    pub(super) fn leave_behind(&self, left: Box<dyn Any + Send>) {
        if self.is_forked() {
            return drop(left);
        }
        lock(&self.awaited).left = Some(left);
        if self.is_over() {
            self.end_wait();
        }
    }

    pub(super) fn is_over(&self) -> bool {
        self.is_forked() || lock(&self.phase).is_over()
    }

    /// Waits until the job is over, at most until `deadline`. Returns `TimedOut` if the deadline comes first. `None` is
    /// no deadline.
    pub(super) fn wait(&self, deadline: Option<Instant>) -> Waited {
        if self.is_forked() {
            return Waited::Over;
        }
        let mut phase = lock(&self.phase);
        while !phase.is_over() {
            phase = match deadline.map(|deadline| deadline.saturating_duration_since(Instant::now())) {
                None => self.over.wait(phase).unwrap_or_else(PoisonError::into_inner),
                Some(left) if left.is_zero() => return Waited::TimedOut,
                Some(left) => self.over.wait_timeout(phase, left).unwrap_or_else(PoisonError::into_inner).0,
            };
        }
        Waited::Over
    }

    /// Takes the result of a job that is over. If the result was taken before, returns an error of kind `Cancelled`.
    pub(super) fn take(&self) -> JobResult {
        if self.is_forked() {
            return Err(forked());
        }
        let mut phase = lock(&self.phase);
        let reported = phase.reported();
        match std::mem::replace(&mut *phase, Phase::Taken(reported)) {
            Phase::Over(result, _) => result,
            _ => Err(cancelled()),
        }
    }

    /// Cancels the job. A queued job is over at once. If the job runs, its worker is killed. A job that is over keeps
    /// its result, since a response may send owners back. In a fork nothing is done: the worker is the parent's.
    pub(in crate::remote) fn cancel(&self) {
        if self.is_forked() {
            return;
        }
        let mut phase = lock(&self.phase);
        match &mut *phase {
            Phase::Queued => self.end_queued(phase),
            // The thread that talks to the worker sees the worker's death, and finishes the job.
            Phase::Running(RunsAt { call, recorded }) => {
                call.kill();
                *phase = Phase::Killed(recorded.take());
            }
            Phase::Killed(_) | Phase::Over(..) | Phase::Taken(_) => {}
        }
    }

    /// Asks the function to end, if the call runs. A queued job is over at once, as by [`cancel`](Job::cancel). In a
    /// fork nothing is done.
    pub(in crate::remote) fn request_cancel(&self) {
        if self.is_forked() {
            return;
        }
        let phase = lock(&self.phase);
        match &*phase {
            Phase::Running(worker) => worker.call.request_cancel(),
            Phase::Queued => self.end_queued(phase),
            Phase::Killed(_) | Phase::Over(..) | Phase::Taken(_) => {}
        }
    }

    /// Ends a call that waits in the queue, and was cancelled there.
    fn end_queued(&self, mut phase: MutexGuard<'_, Phase>) {
        self.span.over(Some(&cancelled()));
        *phase = Phase::Over(Err(cancelled()), None);
        self.note_over();
        drop(phase);
        // The queue has the call until a worker is free, and the request may be large.
        *lock(&self.request) = Arc::default();
        self.end_wait();
    }

    /// Returns what the function has reported last. Returns `None` if it has reported nothing, and in a fork.
    pub(in crate::remote) fn progress(&self) -> Option<Reported> {
        if self.is_forked() { None } else { lock(&self.phase).reported() }
    }
}

fn undescribed() -> Error {
    Error::new(ErrorKind::Decode, "the description of a returned owner's type panicked")
        .with_remedy("look at its `Stored::describe`")
}

pub(super) fn cancelled() -> Error {
    Error::new(ErrorKind::Cancelled, "the call was cancelled; nothing was changed by it")
}
