//! One call on its way through the pool: who waits for it, and who runs it.

use super::wire::Message;
use crate::sync::{Arc, Condvar, Instant, Mutex, PoisonError, lock};
use crate::{Error, ErrorKind, Result};
use rustix::process::{Signal, pidfd_send_signal};
use std::os::fd::OwnedFd;

/// A request, and where it is.
pub(super) struct Job {
    pub(super) request: Message,
    /// Whether it may be sent to a worker that still has another to answer.
    pub(super) ahead: bool,
    phase: Mutex<Phase>,
    over: Condvar,
}

/// A worker's number, and its answer.
pub(super) type Answer = Result<(u32, Message)>;

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
    pub(super) fn new(request: Message, ahead: bool) -> Arc<Self> {
        Arc::new(Self { request, ahead, phase: Mutex::new(Phase::Queued), over: Condvar::new() })
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

pub(super) fn cancelled() -> Error {
    Error::new(ErrorKind::Cancelled, "the call was cancelled; nothing was changed by it")
}
