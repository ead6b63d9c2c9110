//! What a caller reads: the answers to its calls. One thread of the process reads at a time: the one that waits for a
//! call of its own, or else the thread for answers.

use super::due::PATIENCE;
use super::session::{CallerSession, OpenCall};
use crate::backend::calls::{AnswerKind, AskedAnswers, LEASE, PoolAnswer};
use crate::codec::plain;
use crate::error::{Error, ErrorKind};
use crate::remote::caller::effect::malformed;
use crate::remote::caller::job::cancelled;
use crate::remote::caller::running::WorkerName;
use crate::remote::protocol::sent_error::SentError;
use crate::remote::protocol::wire::Message;
use crate::sync::{Arc, PoisonError, lock};
use std::thread;
use std::time::Duration;

/// The pause after a request that failed.
const PAUSE: Duration = Duration::from_millis(50);
/// The longest message that is surely not kept under a key of its own.
const LONG: usize = 64 << 10;

impl CallerSession {
    /// Waits until a call is open whose answer no thread reads, and has this thread read. Returns false if the session is
    /// over.
    pub(super) fn begin_reading(&self) -> bool {
        let mut state = lock(&self.state);
        while !state.is_over {
            if !state.is_read && !state.open.is_empty() {
                state.is_read = true;
                return true;
            }
            state = self.to_read.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        false
    }

    /// Returns whether a call is open, and the session is not over.
    pub(super) fn is_awaited(&self) -> bool {
        let state = lock(&self.state);
        !state.is_over && !state.open.is_empty()
    }

    /// Notes that this thread reads no more.
    pub(super) fn end_reading(&self) {
        let mut state = lock(&self.state);
        state.is_read = false;
        let is_needed = !state.open.is_empty();
        drop(state);
        if is_needed {
            self.to_read.notify_one();
        }
    }

    /// Reads the answers that are there, or waits for one for a while. `asked` are those that were asked for before.
    pub(super) fn read_once(self: &Arc<Self>, asked: Option<Box<dyn AskedAnswers + '_>>) {
        let answers = match asked {
            Some(asked) => asked.wait(),
            None => {
                let read = lock(&self.state).read.clone();
                self.server.answers(&self.id, &read, PATIENCE)
            }
        };
        match answers {
            Ok((answers, last)) => {
                answers.into_iter().for_each(|answer| self.note(answer));
                if let Some(last) = last {
                    lock(&self.state).read = last;
                }
            }
            // No answer would ever be read.
            Err(error) if error.kind() == ErrorKind::NotPermitted => self.refuse(&error),
            Err(_) => thread::sleep(PAUSE),
        }
    }

    /// Reads an answer.
    fn note(self: &Arc<Self>, answer: PoolAnswer) {
        let PoolAnswer { number, kind, worker, message, progress } = answer;
        let Some(open) = lock(&self.state).open.get(&number).cloned() else { return };
        if progress.is_some() {
            *lock(&open.progress) = progress;
        }
        if kind == AnswerKind::Progress {
            return;
        }
        let worker = WorkerName::read(&worker);
        let length = match message {
            Ok(message) => {
                let length = message.len();
                self.end_by(&open, kind, &worker, &message);
                length
            }
            Err(error) => {
                self.end_call(number, |job| job.finish(Err(error)));
                usize::MAX
            }
        };
        if length.max(open.job.request().len()) > LONG {
            self.server.forget(&self.id, number);
        }
    }

    /// Ends a call by what came of it.
    fn end_by(self: &Arc<Self>, open: &OpenCall, kind: AnswerKind, worker: &WorkerName, message: &[u8]) {
        let number = open.number;
        match kind {
            AnswerKind::Response => {
                self.traffic.note_received(message.len());
                let response = Message::from_bytes(message, malformed);
                self.end_call(number, |job| match response {
                    Ok(response) => job.receive(worker.clone(), response),
                    Err(error) => job.finish(Err(error)),
                });
            }
            AnswerKind::Failed => {
                let error = plain::read::<SentError>(message);
                let error = error.map_or_else(|error| error, |error| on_host(error.into_error(), worker));
                self.fail(open, error);
            }
            AnswerKind::Died => self.fail(open, died(worker)),
            AnswerKind::Removed => {
                let error = open.other.as_ref().map_or_else(cancelled, |other| self.build.other(other));
                self.end_call(number, |job| job.finish(Err(error)));
            }
            AnswerKind::Progress => {}
        }
    }

    /// Ends a call with an error, or makes it again if its worker has died and it may be.
    fn fail(self: &Arc<Self>, open: &OpenCall, error: Error) {
        if error.kind() != ErrorKind::WorkerDied {
            self.end_call(open.number, |job| job.finish(Err(error)));
            return;
        }
        if lock(&self.state).open.remove(&open.number).is_none() {
            return;
        }
        self.traffic.end(1);
        if open.job.retry_or_finish(error)
            && let Err(job) = self.submit(Arc::clone(&open.job))
        {
            let _not_sent = job.finish(Err(self.lost()));
        }
        self.ended.notify_all();
    }
}

fn died(worker: &WorkerName) -> Error {
    let what = format!(
        "{worker} was not heard of for {LEASE:?} during the call, or has left: it was killed, or cut off from the server; \
         nothing was changed"
    );
    Error::new(ErrorKind::WorkerDied, what)
}

/// Names the host of the worker that an error is about.
fn on_host(error: Error, worker: &WorkerName) -> Error {
    match &worker.host {
        Some(host) => error.within(format_args!("on `{host}`")),
        None => error,
    }
}
