//! One call on its way through the pool: who waits for it, and who runs it.

use super::unpack::{Arrive, Arrived};
use crate::codec::plain;
use crate::remote::panics::forgiven;
use crate::remote::protocol::response::Reply;
use crate::remote::protocol::wire::Message;
use crate::store::Store;
use crate::sync::{Arc, Condvar, Instant, Mutex, PoisonError, lock};
use crate::{Error, ErrorKind, Result};
use rustix::process::{Signal, pidfd_send_signal};
use std::os::fd::OwnedFd;

/// A request, and where it is.
pub(super) struct Job {
    pub(super) request: Message,
    /// Whether it may be sent to a worker that still has another to answer.
    pub(super) ahead: bool,
    arrival: Option<(Arrive, Vec<Store>)>,
    phase: Mutex<Phase>,
    over: Condvar,
}

/// What a worker has answered.
pub(super) struct Answered {
    /// The worker's number.
    pub(super) pid: u32,
    pub(super) message: Message,
    /// The owner that the function has returned, if it has.
    pub(super) arrived: Option<Arrived>,
}

pub(super) type Answer = Result<Answered>;

enum Phase {
    Queued,
    /// With the process that runs it.
    Running(Arc<OwnedFd>),
    /// Cancelled while it ran: its process is being killed.
    Killed,
    Over(Answer),
    Taken,
}

impl Job {
    pub(super) fn new(request: Message, ahead: bool, arrival: Option<(Arrive, Vec<Store>)>) -> Arc<Self> {
        Arc::new(Self { request, ahead, arrival, phase: Mutex::new(Phase::Queued), over: Condvar::new() })
    }

    /// Ends the job with the message of that worker. Answers whether the worker was killed for it.
    pub(super) fn answer(&self, pid: u32, message: Message) -> bool {
        let arrived = self.arrival.as_ref().and_then(|(arrive, stores)| match &message.parts[..] {
            [front, result, ..] if matches!(plain::read(front), Ok(Reply::Returned)) => {
                // `arrive` asks for the type's description, which is user code, and must not unwind into a thread of the pool.
                forgiven(|| arrive(result, stores)).unwrap_or_else(|| Some(Err(undescribed())))
            }
            _ => None,
        });
        self.finish(Ok(Answered { pid, message, arrived }))
    }

    /// Takes the job for that worker; `false` if it was cancelled.
    pub(super) fn begin(&self, worker: &Arc<OwnedFd>) -> bool {
        let mut phase = lock(&self.phase);
        if !matches!(*phase, Phase::Queued) {
            return false;
        }
        *phase = Phase::Running(Arc::clone(worker));
        true
    }

    /// Back to the queue: its worker died before it began.
    pub(super) fn requeue(&self) {
        let mut phase = lock(&self.phase);
        if matches!(*phase, Phase::Running(_)) {
            *phase = Phase::Queued;
        }
    }

    /// Ends the job. Answers whether its worker was killed for it.
    pub(super) fn finish(&self, answer: Answer) -> bool {
        let mut phase = lock(&self.phase);
        let killed = matches!(*phase, Phase::Killed);
        if !matches!(*phase, Phase::Over(_) | Phase::Taken) {
            *phase = Phase::Over(if killed { Err(cancelled()) } else { answer });
            self.over.notify_all();
        }
        killed
    }

    pub(super) fn is_over(&self) -> bool {
        matches!(*lock(&self.phase), Phase::Over(_) | Phase::Taken)
    }

    /// Waits until it is over; `false` if `deadline` came before.
    pub(super) fn wait(&self, deadline: Option<Instant>) -> bool {
        let mut phase = lock(&self.phase);
        while !matches!(*phase, Phase::Over(_) | Phase::Taken) {
            phase = match deadline.map(|deadline| deadline.saturating_duration_since(Instant::now())) {
                None => self.over.wait(phase).unwrap_or_else(PoisonError::into_inner),
                Some(left) if left.is_zero() => return false,
                Some(left) => self.over.wait_timeout(phase, left).unwrap_or_else(PoisonError::into_inner).0,
            };
        }
        true
    }

    /// The answer of a job that is over; of one that is not, that it is cancelled.
    pub(super) fn take(&self) -> Answer {
        match std::mem::replace(&mut *lock(&self.phase), Phase::Taken) {
            Phase::Over(answer) => answer,
            _ => Err(cancelled()),
        }
    }

    /// Cancels it: takes it from the queue, or kills the process that runs it. What it had answered counts no more.
    pub(super) fn cancel(&self) {
        let mut phase = lock(&self.phase);
        match &*phase {
            Phase::Queued => *phase = Phase::Over(Err(cancelled())),
            // Whoever has the worker sees it die, and finishes the job.
            Phase::Running(process) => {
                let _ = pidfd_send_signal(process, Signal::KILL);
                *phase = Phase::Killed;
                return;
            }
            Phase::Over(answer) if answer.is_ok() => *phase = Phase::Over(Err(cancelled())),
            Phase::Killed | Phase::Over(_) | Phase::Taken => {}
        }
        self.over.notify_all();
    }
}

fn undescribed() -> Error {
    Error::new(ErrorKind::Decode, "the description of a returned owner's type panicked")
        .with_remedy("look at its `Stored::describe`")
}

pub(super) fn cancelled() -> Error {
    Error::new(ErrorKind::Cancelled, "the call was cancelled; nothing was changed by it")
}
