//! A session's requests: each is obeyed at most once, in order.
//!
//! A session numbers its requests. The server obeys the next number only, and remembers the last reply. So a request
//! that is sent again after a lost connection is obeyed if it was not before, and gets the same reply if it was
//! (idempotent retry). A request whose reply the caller does not need is posted: its reply is read before the next
//! one's, and it is repeated until the server has obeyed it. The requests without a reply are the window.
//!
//! When the reply to a request that was sent does not come in time, the caller gets `Indeterminate`, and the request
//! stays in the window as given up. If the caller makes the same request again while it is the last in the window, the
//! caller gets that reply. Otherwise what the request took is given back, or its reply is kept: `late` has the replies
//! that cannot be undone.
//!
//! This file has the window, and decides what becomes of a request without a reply. `wire` sends the requests and reads
//! the replies.

use super::call::ScriptCall;
use super::fault::{ServerFault, Stop, indeterminate, unreachable};
use super::late::LateReplies;
use super::pending::{PendingCall, PendingKind};
use super::pool::{Connections, PooledConnection};
use super::reply::CallOutcome;
use super::request::Closing;
use crate::backend::session_over;
use crate::error::{ErrorKind, Result};
use crate::sync::{Instant, deadline};
use std::collections::VecDeque;
use std::time::Duration;

/// The requests of one session, and the connection on which they are sent.
pub(super) struct Channel {
    pub(super) connections: Connections,
    /// `None` while the window is empty, after a connection broke, and while posts wait for the background thread to
    /// connect.
    pub(super) connection: Option<PooledConnection>,
    /// How long the connection waits for a reply.
    pub(super) answer: Duration,
    pub(super) window: VecDeque<PendingCall>,
    /// The number of the last request. The next one has the number after it.
    pub(super) last: u64,
    /// How long a caller waits for its reply.
    pub(super) timeout: Duration,
    lost: bool,
    /// Whether the background thread comes to read the replies to posts.
    pub(super) awaits_drain: bool,
    /// Whether other sessions wait for the replies to posts before their own requests.
    pub(super) is_waited_for: bool,
    pub(super) closing: Closing,
    /// Requests that are sent when the fate of those that were given up is known.
    pub(super) postponed: Vec<ScriptCall>,
    /// The number of the request that is being undone: its reply was read, but no caller knows it.
    pub(super) undoing: Option<u64>,
    pub(super) late: LateReplies,
}

/// If a post makes the window longer than this, and there is a connection, the post waits for all replies.
const WINDOW: usize = 64;
/// The most rounds of `complete_window`. A round reads one reply, or fails. If the window is not empty after so many
/// rounds, it probably never will be, and an error is better than an endless loop.
const ROUNDS: usize = 10_000;
/// The pause between two attempts.
pub(super) const PAUSE: Duration = Duration::from_millis(5);

impl Channel {
    pub(super) fn new(connections: Connections, timeout: Duration, closing: Closing) -> Self {
        Self {
            answer: connections.answer,
            connections,
            connection: None,
            window: VecDeque::new(),
            last: 0,
            timeout,
            lost: false,
            awaits_drain: false,
            is_waited_for: false,
            closing,
            postponed: Vec::new(),
            undoing: None,
            late: LateReplies::default(),
        }
    }

    /// Notes that the session is lost: the server obeys no request of it any more.
    pub(super) fn lose(&mut self) {
        self.lost = true;
        self.window.clear();
        self.postponed.clear();
        self.connection = None; // The replies to what was in the window may still come.
    }

    /// Makes a request, and waits for the reply.
    pub(super) fn call(&mut self, call: ScriptCall) -> Result<CallOutcome> {
        let outcome = self.call_and_keep(call);
        self.rest();
        outcome
    }

    /// Does what [`call`](Self::call) does, and keeps the connection on which the reply came.
    pub(super) fn call_and_keep(&mut self, call: ScriptCall) -> Result<CallOutcome> {
        let until = deadline(self.timeout);
        if let Some(granted) = self.late.take(&call).filter(|_| !self.lost) {
            return Ok(CallOutcome::Ok(granted));
        }
        if !self.resume(&call) {
            self.finish_given_up(until)?;
            let call = self.late.rebased(call);
            self.push(call, PendingKind::Called);
        }
        let outcome = self.complete_window(until);
        outcome.and_then(|outcome| outcome.ok_or_else(|| unreachable("no answer")))
    }

    /// Makes a request, and does not wait for the reply. The request is repeated until the server has obeyed it.
    pub(super) fn post(&mut self, call: ScriptCall) {
        if self.lost {
            return;
        }
        // The requests that undo those that were given up have to come before this one.
        if self.has_given_up() {
            self.postponed.push(call);
            return;
        }
        self.push(call, PendingKind::Posted);
        // Without an idle connection the background thread sends the request: to connect may take long, and the drop of
        // a borrow does not wait for that.
        self.connection = self.connection.take().or_else(|| self.connections.take_idle());
        if self.connection.is_none() {
            return;
        }
        if self.window.len() > WINDOW {
            // Waits for all replies. After a failure the requests are sent again, with the next one.
            let _later = self.complete_window(deadline(self.timeout));
            self.rest();
        } else if self.send().is_err() {
            self.disconnect();
        }
    }

    /// Returns the number of the last request whose reply was read. The window has all requests after it.
    pub(super) fn answered(&self) -> u64 {
        self.last - self.window.len() as u64
    }

    /// Returns the number of the last request whose reply was read and is not being undone. When the session is closed,
    /// what later requests took becomes what it was before.
    pub(super) fn taken_up(&self) -> u64 {
        self.undoing.map_or(self.answered(), |undone| undone - 1)
    }

    /// Returns whether every request has its reply.
    pub(super) fn is_quiet(&self) -> bool {
        self.window.is_empty() && self.postponed.is_empty()
    }

    /// Waits for the replies to all posted requests.
    pub(super) fn settle(&mut self) -> Result<()> {
        self.settle_until(deadline(self.timeout))
    }

    /// Does what [`settle`](Self::settle) does, with one attempt only, in which no reply takes longer than `patience`.
    /// The session's calls and the other tasks of the background thread wait until this attempt is over.
    pub(super) fn drain(&mut self, patience: Duration) -> Result<()> {
        self.answer = patience.min(self.connections.answer);
        let drained = self.settle_until(Some(Instant::now()));
        self.answer = self.connections.answer;
        drained
    }

    pub(super) fn settle_until(&mut self, until: Option<Instant>) -> Result<()> {
        let settled = self.finish_given_up(until).and_then(|()| self.complete_window(until));
        self.rest();
        settled.map(|_| ())
    }

    /// If the last request was given up and `call` is the same one, takes that request up again. Returns whether it
    /// did. Does nothing if other requests were posted since then: these wait for the request that undoes that one.
    fn resume(&mut self, call: &ScriptCall) -> bool {
        if !self.postponed.is_empty() {
            return false;
        }
        match self.window.back_mut().filter(|sent| sent.is_given_up() && sent.call.is_like(call)) {
            Some(sent) => {
                sent.kind = PendingKind::Called;
                true
            }
            None => false,
        }
    }

    fn has_given_up(&self) -> bool {
        self.window.iter().any(PendingCall::is_given_up)
    }

    /// Reads the replies to requests that were given up, and queues the requests that give back what those took.
    fn finish_given_up(&mut self, until: Option<Instant>) -> Result<()> {
        if self.has_given_up() {
            // The fate of those requests is not known. That of the present one is: it was not sent.
            self.complete_window(until).map_err(|error| match error.kind() {
                ErrorKind::Indeterminate => unreachable("an earlier request has no answer yet").with_source(error),
                _ => error,
            })?;
        }
        for call in std::mem::take(&mut self.postponed) {
            self.push(call, PendingKind::Posted);
        }
        Ok(())
    }

    /// Gives a request the next number, and puts it into the window.
    fn push(&mut self, call: ScriptCall, kind: PendingKind) {
        self.last += 1;
        self.window.push_back(PendingCall::new(call, kind, self.last));
    }

    /// Sends the requests that were not sent, and reads all replies. Returns the reply to the last request, or `None`
    /// if that request was given up or the window was empty.
    fn complete_window(&mut self, until: Option<Instant>) -> Result<Option<CallOutcome>> {
        let mut outcome = None;
        let mut rounds = 0;
        while !self.window.is_empty() {
            rounds += 1;
            if rounds > ROUNDS {
                self.disconnect();
                return Err(unreachable("it never has what it was just given"));
            }
            if self.lost {
                self.window.clear();
                return Err(session_over());
            }
            match self.send().and_then(|()| self.receive()) {
                Ok(Some(answer)) => outcome = Some(answer),
                Ok(None) => {}
                Err(Stop::Report(error)) => return Err(error),
                Err(Stop::Fault(fault)) => self.retry_or_give_up(fault, until)?,
            }
        }
        Ok(outcome)
    }

    /// After a failure: pauses before the next attempt or, if the failure is final or the time is over, decides the
    /// fate of the last request and returns the error.
    fn retry_or_give_up(&mut self, fault: ServerFault, until: Option<Instant>) -> Result<()> {
        let is_final = matches!(fault, ServerFault::Final(_));
        if !is_final && until.is_none_or(|until| Instant::now() < until) {
            if matches!(fault, ServerFault::Broken(_)) {
                self.disconnect();
            }
            std::thread::sleep(PAUSE);
            return Ok(());
        }
        if !is_final {
            self.disconnect();
        }
        let error = fault.error();
        match self.window.back_mut() {
            // No call would make it again, so it stays in the window.
            Some(last) if last.kind == PendingKind::Posted => {}
            Some(last) if last.uncertain => {
                last.kind = PendingKind::GivenUp;
                return Err(indeterminate(last.call.script.name, self.timeout).with_source(error));
            }
            // A request that was never sent on a connection which broke was certainly not obeyed.
            _ => self.withdraw(),
        }
        Err(error)
    }

    /// Takes the last request out of the window. The server has not obeyed it, so the number is used for the next one.
    pub(super) fn withdraw(&mut self) {
        if self.window.pop_back().is_some() {
            self.last -= 1;
        }
    }

    /// Takes the first request out of the window if it was posted, and gives the requests behind it new numbers. The
    /// server refuses the first one for ever, for example since another program has damaged its object, and it would be
    /// in the way of all later requests. Does nothing if a request of the window was sent on a connection which broke:
    /// the server may have obeyed that request under its present number. Returns whether a request was taken out.
    pub(super) fn drop_post(&mut self) -> bool {
        let posted = self.window.front().is_some_and(|first| first.kind == PendingKind::Posted);
        if !posted || self.window.iter().any(|sent| sent.uncertain) {
            return false;
        }
        self.window.pop_front();
        self.last -= 1;
        for (sent, number) in self.window.iter_mut().rev().zip((1..=self.last).rev()) {
            sent.set_number(number);
        }
        true
    }
}
