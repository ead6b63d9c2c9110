//! A pool of workers at a server: callers put calls into its queue, and workers of any host take them.
//!
//! # Contract
//! 1. A caller and a worker are members of the pool, each by an id. A member that the server has not heard of for
//!    [`LEASE`] is dead as soon as a member joins, leaves or renews its lease, and an id is never used again.
//! 2. A call is begun at most once: [`take`](CallServer::take) marks it before the worker has it. If the server loses
//!    what it has acknowledged, as in a failover, that may be lost too.
//! 3. A call that a worker has begun ends with the worker's answer, or with [`AnswerKind::Died`]. What a dead worker says
//!    about it later changes nothing. A call that was handed to a worker which dies before it has begun it goes to another.
//! 4. A dead caller's calls are not begun any more, and their workers are told to end them.
//! 5. A worker takes only calls of its own build.
//! 6. Each request may be made again: it has the same effect once.
//! 7. When all members have left, or are dead for a minute, nothing of the pool is in the server.

use crate::error::Result;
use std::fmt::Display;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::time::Duration;

/// How long a member lives without a renewal.
pub(crate) const LEASE: Duration = Duration::from_secs(10);

/// A pool at a server, as one process asks it. It is shown as its address, without user and password.
pub(crate) trait CallServer: Display + Send + Sync + UnwindSafe + RefUnwindSafe {
    /// Makes this process a member.
    fn join(&self, member: &NewMember<'_>) -> Result<PoolWorkers>;

    /// Renews the lease of a caller, which has read all answers up to `read`. `None` if the caller is dead.
    fn renew_caller(&self, caller: &str, read: &str) -> Result<Option<CallerRenewal>>;

    /// Renews the lease of a worker, and tells the caller of the call that it runs how far it has come.
    fn renew_worker(&self, worker: &str, running: Option<&ReportedCall<'_>>) -> Result<WorkerRenewal>;

    /// Does what a renewal does for the call that a worker runs, and renews nothing. This costs the server less.
    fn look(&self, worker: &str, running: &ReportedCall<'_>) -> Result<WorkerRenewal>;

    /// Ends a member.
    fn leave(&self, member: &str) -> Result<()>;

    /// Puts a call into the queue. The numbers of a caller's calls rise.
    fn submit(&self, call: &QueuedCall<'_>) -> Result<Submitted>;

    /// Does what [`submit`](Self::submit) does, and asks for the answers after `read` in the same write, for up to `patience`.
    /// They are missing if the call is not in the queue, or had to be put there by a second request.
    fn submit_and_ask<'a>(&'a self, call: &QueuedCall<'_>, patience: Duration) -> Result<SubmittedAndAsked<'a>>;

    /// Ends the attempt to put a call into the queue, whose replies were lost. Returns whether the call is there or never will
    /// be, or that the caller is dead.
    fn withdraw(&self, caller: &str, number: u64) -> Result<Submitted>;

    /// Returns the answers after `read`, and waits for one for up to `patience`.
    fn answers(&self, caller: &str, read: &str, patience: Duration) -> Result<ReadAnswers>;

    /// Removes the long messages of a call that is over.
    fn forget(&self, caller: &str, number: u64);

    /// Removes a call that is not begun, or has its worker end it.
    fn stop(&self, caller: &str, number: u64, how: StopKind) -> Result<()>;

    /// Gives a caller what came of the call that the worker has run, if there is one. Then waits for the next call, and
    /// begins it. `None` if there was none, or if the worker may not begin it.
    fn take(&self, request: &CallRequest<'_>) -> Result<Option<TakenCall>>;

    /// Gives a caller what came of a call, and waits for none.
    fn answer(&self, build: &str, ran: &WorkerAnswer) -> Result<()>;

    /// Counts workers and calls.
    fn count(&self, caller: &str, build: &str) -> Result<PoolCounts>;
}

/// A process that becomes a member.
pub(crate) struct NewMember<'a> {
    pub(crate) id: &'a str,
    /// The name of the functions that the process has: another build has another name.
    pub(crate) build: &'a str,
    /// The process and its host, as [`PoolAnswer::worker`] has it.
    pub(crate) process: &'a str,
    /// The functions of a worker. `None` for a caller.
    pub(crate) functions: Option<&'a [u8]>,
}

/// The workers of a pool, as a caller sees them.
#[derive(Debug)]
pub(crate) struct PoolWorkers {
    /// How many have the caller's build.
    pub(crate) own: usize,
    /// The functions of another build, if workers are there and none has the caller's.
    pub(crate) other: Option<Vec<u8>>,
}

/// The reply to a caller's renewal.
#[derive(Debug)]
pub(crate) struct CallerRenewal {
    /// The number of the last call that the server has: less than the caller knows of if the server has lost some.
    pub(crate) last: u64,
    pub(crate) workers: PoolWorkers,
}

/// A worker's request for a call.
pub(crate) struct CallRequest<'a> {
    pub(crate) worker: &'a str,
    pub(crate) build: &'a str,
    /// What came of the worker's last call, if no caller has it yet.
    pub(crate) ran: Option<&'a WorkerAnswer>,
    /// How long the request waits at most.
    pub(crate) patience: Duration,
    /// Whether the last request has failed: the server may have assigned a call to the worker then.
    pub(crate) is_again: bool,
    pub(crate) gate: &'a dyn WorkerGate,
}

/// The process of a worker, as a request for a call asks it.
pub(crate) trait WorkerGate {
    /// Returns whether the worker may begin the call that has come to it. If not, the worker has to leave: its end has the
    /// call go to another.
    fn may_begin(&self) -> bool;

    /// Does what [`may_begin`](Self::may_begin) does, for a worker that has an answer to give, which must not wait until a
    /// process has started: returns false if one would have to.
    fn may_begin_at_once(&self) -> bool {
        self.may_begin()
    }

    /// Notes that the server has the answer to the worker's last call.
    fn answered(&self) {}
}

/// A call, as its worker names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CallName {
    /// The name of the call's entry in the queue. No other call has it.
    pub(crate) entry: String,
    pub(crate) caller: String,
    pub(crate) number: u64,
}

/// A call that a worker runs, and what its function has reported since the worker has last told it.
pub(crate) struct ReportedCall<'a> {
    pub(crate) call: &'a CallName,
    pub(crate) progress: Option<(usize, usize)>,
}

/// What a worker learns by a renewal or a look.
#[derive(Debug)]
pub(crate) enum WorkerRenewal {
    Goes(Option<StopOrder>),
    /// The worker is dead.
    Lost,
}

/// A call that a worker is to end.
#[derive(Debug)]
pub(crate) struct StopOrder {
    /// The call's entry in the queue.
    pub(crate) entry: String,
    pub(crate) how: StopKind,
}

/// How a call is ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StopKind {
    /// The function is asked to return.
    Ask,
    /// The process that runs the function is killed.
    Kill,
    /// A call that a worker has begun goes on.
    IfQueued,
}

/// A call that is to be put into the queue.
#[derive(Clone, Copy)]
pub(crate) struct QueuedCall<'a> {
    pub(crate) caller: &'a str,
    pub(crate) number: u64,
    pub(crate) build: &'a str,
    pub(crate) message: &'a [u8],
    /// The caller has read all answers up to this one.
    pub(crate) read: &'a str,
}

/// What came of a request to put a call into the queue, and the answers that were asked for with it.
pub(crate) type SubmittedAndAsked<'a> = (Submitted, Option<Box<dyn AskedAnswers + 'a>>);

/// Answers that were asked for. A drop gives the request up.
pub(crate) trait AskedAnswers {
    /// Waits for an answer.
    fn wait(self: Box<Self>) -> Result<ReadAnswers>;
}

/// The answers that were read, with progress among them, and the name of the last entry, if there was one: some entries
/// may be no answers.
pub(crate) type ReadAnswers = (Vec<PoolAnswer>, Option<String>);

/// What came of a request to put a call into the queue.
#[derive(Debug)]
pub(crate) enum Submitted {
    Queued,
    /// The pool has workers, and none with the caller's build. These are the functions of another.
    Other(Vec<u8>),
    /// The call was withdrawn before it was in the queue.
    Never,
    /// The caller is dead.
    Lost,
}

/// A call that a worker has begun.
#[derive(Debug)]
pub(crate) struct TakenCall {
    pub(crate) name: CallName,
    /// The error if the message cannot be fetched, however often that is tried.
    pub(crate) message: Result<Vec<u8>>,
}

/// What a worker says about a call that it has run.
#[derive(Debug)]
pub(crate) struct WorkerAnswer {
    pub(crate) call: CallName,
    /// `Response` or `Failed`.
    pub(crate) kind: AnswerKind,
    /// The process that has run the function, and its host.
    pub(crate) worker: String,
    pub(crate) message: Vec<u8>,
    pub(crate) progress: Option<(usize, usize)>,
}

/// What came of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AnswerKind {
    /// The function was run: the message is the response.
    Response,
    /// The process that ran the function is gone, or none could be started: the message is the error.
    Failed,
    /// The worker is dead. There is no message.
    Died,
    /// The call was removed from the queue, since its caller wanted it. There is no message.
    Removed,
    /// The function has reported its progress, and goes on.
    Progress,
}

/// An answer to a caller.
#[derive(Debug)]
pub(crate) struct PoolAnswer {
    pub(crate) number: u64,
    pub(crate) kind: AnswerKind,
    /// The process of the worker, TAB, its host.
    pub(crate) worker: String,
    /// The error if the message cannot be fetched, however often that is tried.
    pub(crate) message: Result<Vec<u8>>,
    pub(crate) progress: Option<(usize, usize)>,
}

/// How many workers and calls there are.
#[derive(Debug, Default)]
pub(crate) struct PoolCounts {
    /// How many workers have the build, and how many of these run a call, of any caller.
    pub(crate) workers: usize,
    pub(crate) busy: usize,
    /// How many calls of the caller wait, and how many run.
    pub(crate) queued: usize,
    pub(crate) running: usize,
}
